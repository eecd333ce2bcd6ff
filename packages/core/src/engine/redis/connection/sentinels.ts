/**
 * How ioredis finds the master by Sentinels, put right.
 *
 * - Errors of its connections to Sentinels are not written to the console: they connect again by themselves, and the loss
 *   of the master is reported anyway. None of these connections outlives its client.
 * - A failover that is announced while the client asks for the master makes it ask again. ioredis gives the attempt up,
 *   and the client ends for good.
 */
import type { Cluster, Redis } from 'ioredis';
import { letProcessEnd } from './idle.js';
import { handleResubscription } from './resubscribe.js';

/** What there is of ioredis's connector where it asks Sentinels. */
interface SentinelConnector {
  connect(...args: unknown[]): Promise<unknown>;
  /** Asks one of the Sentinels. */
  resolve(...args: unknown[]): Promise<unknown>;
  disconnect(): void;
  connectToSentinel(...args: unknown[]): Redis;
}

export function keepSentinels(client: Redis | Cluster): void {
  const connector: unknown = Reflect.get(client, 'connector');
  if (!isSentinelConnector(connector)) return;
  endWithClient(client, connector);
  outliveFailovers(client, connector);
}

function endWithClient(client: Redis | Cluster, connector: SentinelConnector): void {
  const connectToSentinel = connector.connectToSentinel.bind(connector);
  const open = new Set<Redis>();
  connector.connectToSentinel = (...args) => {
    const sentinel = connectToSentinel(...args);
    sentinel.on('error', () => undefined);
    handleResubscription(sentinel);
    letProcessEnd(sentinel);
    open.add(sentinel);
    sentinel.once('end', () => open.delete(sentinel));
    if (client.status === 'end') setImmediate(() => sentinel.disconnect());
    return sentinel;
  };
  client.on('end', () => {
    for (const sentinel of open) sentinel.disconnect();
  });
}

function outliveFailovers(client: Redis | Cluster, connector: SentinelConnector): void {
  const connect = connector.connect.bind(connector);
  const resolve = connector.resolve.bind(connector);
  const disconnect = connector.disconnect.bind(connector);
  /** Until there is a socket. */
  let isLooking = false;
  let hasSwitched = false;
  connector.connect = async (...args) => {
    isLooking = true;
    try {
      return await connect(...args);
    } finally {
      isLooking = false;
    }
  };
  connector.resolve = async (...args) => {
    let master: unknown;
    do {
      hasSwitched = false;
      master = await resolve(...args);
    } while (hasSwitched);
    return master;
  };
  connector.disconnect = () => {
    // The client sets `manuallyClosing` when it is closed; otherwise it is the failover detector that calls.
    if (isLooking && !Reflect.get(client, 'manuallyClosing')) hasSwitched = true;
    else disconnect();
  };
}

function isSentinelConnector(connector: unknown): connector is SentinelConnector {
  if (typeof connector !== 'object' || connector === null) return false;
  const methods = ['connect', 'resolve', 'disconnect', 'connectToSentinel'];
  return methods.every((name) => typeof Reflect.get(connector, name) === 'function');
}
