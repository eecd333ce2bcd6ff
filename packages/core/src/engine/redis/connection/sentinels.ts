/**
 * The connections to Sentinels by which ioredis hears of a failover, put right: their errors are not written to the
 * console (they connect again by themselves, and the loss of the master is told anyway), and none outlives its client.
 */
import type { Cluster, Redis } from 'ioredis';
import { letProcessEnd } from './idle.js';

export function keepSentinels(client: Redis | Cluster): void {
  const connector: unknown = Reflect.get(client, 'connector');
  if (typeof connector !== 'object' || connector === null) return;
  const connect: unknown = Reflect.get(connector, 'connectToSentinel');
  if (typeof connect !== 'function') return;
  const open = new Set<Redis>();
  Object.assign(connector, {
    connectToSentinel(...args: unknown[]) {
      const sentinel: Redis = Reflect.apply(connect, connector, args);
      sentinel.on('error', () => undefined);
      letProcessEnd(sentinel);
      open.add(sentinel);
      sentinel.once('end', () => open.delete(sentinel));
      if (client.status === 'end') setImmediate(() => sentinel.disconnect());
      return sentinel;
    },
  });
  client.on('end', () => {
    for (const sentinel of open) sentinel.disconnect();
  });
}
