/** Free ports of this machine. */
import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Below the ports that systems give to outgoing connections (Linux: from 32,768 on): none of those takes the port of a
 * server that is restarted, or that has not begun to listen yet. And below those of the buses.
 */
const FIRST = 10_000;
const END = 20_000;

/** A node of a Redis Cluster also listens on the port so far above its own. */
const BUS = 10_000;

/** A file for each port that a process has, also while its server is down: no other one may look at it then. */
const CLAIMS = join(tmpdir(), 'bizinsights-test-ports');

const claimed = new Set<string>();
process.on('exit', () => {
  for (const file of claimed) rmSync(file, { force: true });
});

/** A port on which nothing listens, nor on the one of its bus. It is this process's until its end. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    if (claimPort(port) && (await isFree(port)) && (await isFree(port + BUS))) return port;
  }
}

/** Takes a port for this process; false when it, or another one that lives, has it already. */
export function claimPort(port: number): boolean {
  const file = join(CLAIMS, String(port));
  mkdirSync(CLAIMS, { recursive: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    claimed.add(file);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    // The process that claimed the port was killed: the next process may claim it.
    if (!isAlive(ownerOf(file))) rmSync(file, { force: true });
    return false;
  }
}

/** Undefined where it is gone, or not written yet. */
function ownerOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process lives too.
    return hasCode(error, 'EPERM');
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (hasCode(error, 'EADDRINUSE')) resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
