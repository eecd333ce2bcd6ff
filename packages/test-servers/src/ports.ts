/** Free ports of this machine. */
import { createServer } from 'node:net';

/** Ports handed out by this process, so that two servers that start at once don't get one. */
const given = new Set<number>();

/** A port on which nothing listens. Another process may still take it: callers try again when their server says so. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await askSystem();
    // A Redis Cluster node also needs the port 10,000 above.
    if (port > 55_000 || given.has(port)) continue;
    given.add(port);
    return port;
  }
}

function askSystem(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
