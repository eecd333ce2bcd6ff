/**
 * Ends every connection of a Cluster client that is told to end.
 *
 * ioredis forgets some: those to nodes that it hears of after it was told, while it connects; and those to a node whose
 * earlier connection ends late, as it takes the new one out of its list then. They keep the process alive, and nobody
 * closes them. BullMQ brings both about: closing a worker that waits for jobs, it takes the end of the wait for a lost
 * connection and connects anew.
 */
import type { Cluster, Redis } from 'ioredis';

export function endAllNodes(client: Redis | Cluster): void {
  if (!isCluster(client)) return;
  const open = new Set<Redis>();
  let hasEnded = false;
  const endOpen = () => {
    if (hasEnded) for (const node of open) node.disconnect();
  };
  client.on('+node', (node: Redis) => {
    open.add(node);
    node.once('end', () => open.delete(node));
    // Once ioredis has done all that it does about a new node.
    if (hasEnded) setImmediate(endOpen);
  });
  const disconnect = client.disconnect.bind(client);
  const quit = client.quit.bind(client);
  const connect = client.connect.bind(client);
  Object.assign(client, {
    disconnect(reconnect = false) {
      hasEnded = !reconnect;
      disconnect(reconnect);
      endOpen();
    },
    // Assigned as a whole, with its callback, as in `adapt`.
    quit: (...args: unknown[]) => {
      hasEnded = true;
      return Promise.resolve(Reflect.apply(quit, client, args)).finally(endOpen);
    },
    connect() {
      hasEnded = false;
      return connect();
    },
  });
}

function isCluster(client: Redis | Cluster): client is Cluster {
  return client.isCluster;
}
