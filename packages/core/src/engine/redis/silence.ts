/** Gives a connection up on which an answer is waited for and nothing comes: its server has gone without a word. */
import type { Cluster, Redis } from 'ioredis';
import { watchSilence } from '../silence.js';

/** When a connection was heard last. */
const heardAt = new WeakMap<Redis, number>();

/** For every connection of a client, now and after each reconnect. `limit` in ms. */
export function endSilentConnections(client: Redis | Cluster, limit: number): void {
  if (isCluster(client)) {
    client.on('+node', (node: Redis) => endSilentConnections(node, limit));
    return;
  }
  client.on('connect', () => {
    const socket = client.stream;
    if (socket.destroyed) return;
    const watch = watchSilence(limit, {
      isWaiting: () => client.commandQueue.length > 0,
      onSilent: () => socket.destroy(new Error(`no answer for ${limit} ms`)),
    });
    heardAt.set(client, performance.now());
    socket.on('data', () => {
      watch.heard();
      heardAt.set(client, performance.now());
    });
    socket.once('close', watch.stop);
  });
}

/** For how long a connection has been silent, ms. */
export function silenceOf(connection: Redis): number {
  return performance.now() - (heardAt.get(connection) ?? Number.POSITIVE_INFINITY);
}

function isCluster(client: Redis | Cluster): client is Cluster {
  return client.isCluster;
}
