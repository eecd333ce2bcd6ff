/** Free ports of this machine. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (Linux: from 32,768 on): none of those takes the port of a
 * server that is restarted, or that has not begun to listen yet.
 */
const FIRST = 10_000;
const END = 22_000;

/** A node of a Redis Cluster also listens on the port so far above its own. */
const BUS = 10_000;

/** Ports handed out by this process, so that two servers that start at once don't get one. */
const given = new Set<number>();

/** A port on which nothing listens, nor on the one of its bus. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    if (given.has(port)) continue;
    given.add(port);
    if ((await isFree(port)) && (await isFree(port + BUS))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
