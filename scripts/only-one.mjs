// One process at a time has a folder. It holds a socket, which is gone with the process, however that ends.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync, unlinkSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of two that take over a socket of a dead process at once, the later one has it. After so long each sees which. ms */
const TAKE_OVER = 300;

/**
 * Takes the folder, until `release` or the end of this process.
 *
 * @param {string} folder that is there
 * @param {string} holder what another process is told, as `BizInsights on http://localhost:3002`
 * @returns {Promise<{ release: () => void } | { heldBy: string }>} `heldBy`: what the process says that has it
 */
export async function takeFolder(folder, holder) {
  const path = socketOf(folder);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${holder} (process ${process.pid})`);
  });
  if (!(await listen(server, path))) {
    const heldBy = await ask(path);
    if (heldBy !== undefined) return { heldBy };
    unlinkIfThere(path);
    if (!(await listen(server, path))) return { heldBy: (await ask(path)) ?? 'another process' };
    await sleep(TAKE_OVER);
    const holds = await ask(path);
    if (!holds?.endsWith(`(process ${process.pid})`)) return { heldBy: holds ?? 'another process' };
  }
  server.unref();
  const release = () => {
    process.off('exit', release);
    server.close();
    unlinkIfThere(path);
  };
  process.once('exit', release);
  return { release };
}

/** Short, as the path of a socket has to be, and the same for all who mean the same folder. */
function socketOf(folder) {
  const name = `bizinsights-${createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 16)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** False: there is such a socket already. */
async function listen(server, path) {
  server.listen(path);
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (error.code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** Undefined: nobody listens any more. */
async function ask(path) {
  const socket = createConnection(path);
  try {
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    return answer;
  } catch (error) {
    if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function unlinkIfThere(path) {
  try {
    unlinkSync(path);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
