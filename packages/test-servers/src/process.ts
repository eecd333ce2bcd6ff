/** Server processes that never outlive the tests: stopped at the end, at a signal, and when the test process is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';

/** How a server is started. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Removed at the end. */
  readonly dir: string;
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
}

/** A running server. */
export interface ServerProcess {
  readonly pid: number;
  /** What it has printed so far, for messages about a failed start. */
  output(): string;
  /** Whether it still runs. */
  alive(): boolean;
  /** Ends it and waits until it is gone. Its folder stays. */
  end(signal: NodeJS.Signals): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();

/**
 * Waits on the pipe to the tests' process, which ends however that process ends, and then ends the server: a test
 * process that is killed cannot clean up after itself.
 */
const GUARD = 'while read -r _; do :; done; kill -9 "$1" 2>/dev/null';

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function startServer({ command, args, dir, env = process.env, uid, gid }: ServerCommand): ServerProcess {
  folders.add(dir);
  const identity = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  const child = spawn(command, [...args], { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'], ...identity });
  running.add(child);
  let printed = '';
  const keep = (chunk: Buffer) => {
    printed = (printed + chunk.toString()).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => keep(Buffer.from(String(error))));
  const guard = spawn('sh', ['-c', GUARD, 'guard', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  guard.stdin.on('error', () => undefined);
  child.on('exit', () => {
    running.delete(child);
    // The server is gone: its guard must not end a later process of the same number.
    guard.kill('SIGKILL');
  });
  for (const stream of [child, child.stdout, child.stderr, guard.stdin])
    if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  return {
    pid: child.pid ?? 0,
    output: () => printed,
    alive: () => child.exitCode === null && child.signalCode === null,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.ref();
      child.kill(signal);
      await gone;
    },
    signal: (signal) => child.kill(signal),
  };
}

export function removeFolder(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
  folders.delete(dir);
}

/** Asks again and again until `ready` says yes. Rejects when the server has ended, or after `limit` ms. */
export async function untilReady(
  server: ServerProcess,
  what: string,
  ready: () => Promise<boolean>,
  limit = 20_000,
): Promise<void> {
  const end = Date.now() + limit;
  while (!(await ready())) {
    if (!server.alive()) throw new Error(`${what} ended while it started:\n${server.output()}`);
    if (Date.now() > end) throw new Error(`${what} was not ready after ${limit} ms:\n${server.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
