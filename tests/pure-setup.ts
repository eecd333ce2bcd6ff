/**
 * Keeps the tests of the project `pure` to what a process has by itself: no socket, no server, no child process, no embedded
 * store. With those a test is of the project `engines`: it leaves the list in `tests/projects.ts`.
 */
import { ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { Server, Socket } from 'node:net';
import threads from 'node:worker_threads';

function refuse(what: string): () => never {
  return () => {
    throw new Error(
      `A pure test ${what}: take its file out of PURE in tests/projects.ts, so that it runs with the engines`,
    );
  };
}

Socket.prototype.connect = refuse('connects to a server');
Server.prototype.listen = refuse('starts a server');
Object.assign(ChildProcess.prototype, { spawn: refuse('starts a process') });
// The embedded store keeps its lock by a thread.
Object.assign(threads, {
  Worker: class {
    constructor() {
      refuse('opens the embedded store')();
    }
  },
});
syncBuiltinESMExports();
