/**
 * Ends the timer of ioredis's `socketTimeout` with the socket that it watches.
 *
 * Up to 5.9 it outlives it (redis/ioredis#2147): it keeps a process alive that has closed everything, for as long as the
 * longest wait may take, and tears down the healthy socket that has replaced the lost one.
 */
import type { Cluster, Redis } from 'ioredis';

/** Where ioredis keeps it, in each of its versions that have the option. */
const TIMER = 'socketTimeoutTimer';

/** For every connection of a client, now and after each reconnect. */
export function endTimerWithSocket(client: Redis | Cluster): void {
  if (isCluster(client)) {
    client.on('+node', endTimerWithSocket);
    return;
  }
  client.on('close', () => {
    clearTimeout(Reflect.get(client, TIMER));
    Reflect.set(client, TIMER, undefined);
  });
}

function isCluster(client: Redis | Cluster): client is Cluster {
  return client.isCluster;
}
