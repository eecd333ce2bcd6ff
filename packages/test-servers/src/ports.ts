/** Free ports of this machine. */
import { createServer } from 'node:net';

/** A Redis Cluster node also needs the port so far above its own. */
const CLUSTER_BUS = 10_000;

/** Ports handed out by this process, so that two servers that start at once don't get one. */
const given = new Set<number>();

/** A port on which nothing listens. Another process may still take it: callers try again when their server says so. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await listen(0);
    if (port === undefined || port > 65_535 - CLUSTER_BUS || given.has(port)) continue;
    given.add(port);
    if ((await listen(port + CLUSTER_BUS)) !== undefined) return port;
  }
}

/** Listens for a moment. Undefined when the port is taken; 0 is any that is free. */
function listen(wanted: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
