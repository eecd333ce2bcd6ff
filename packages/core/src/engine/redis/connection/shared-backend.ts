/** BullMQ's backends of many workers, over one client. */
import { QueueKeys, RedisConnection, RedisQueueBackend, type WorkerOptions } from 'bullmq';
import type { RedisClient } from './client.js';

/** One of them. The client is another's to close. */
class SharedBackend extends RedisQueueBackend {
  override async close(): Promise<void> {
    // BullMQ ends no job on a backend that says so.
    this.closing ??= Promise.resolve();
  }
}

const connections = new WeakMap<RedisClient, RedisConnection>();

/**
 * Makes a backend as BullMQ's own factory does, but that those of one client listen to it together. BullMQ's look at the
 * server, define the scripts and listen each by itself, and each takes that back at its end: with 500 queues, 1,500
 * listeners.
 *
 * @param options the worker's, whose `prefix` is that of its keys
 */
export function createSharedBackend(client: RedisClient, name: string, options: WorkerOptions): RedisQueueBackend {
  const keys = new QueueKeys(options.prefix);
  const toKey = (type: string) => keys.toKey(name, type);
  return new SharedBackend(connectionOf(client), name, keys.getKeys(name), toKey, options, undefined, false);
}

function connectionOf(client: RedisClient): RedisConnection {
  let connection = connections.get(client);
  if (!connection) {
    connection = new RedisConnection(client, { shared: true, blocking: false });
    // The engine listens to its clients itself, and a worker's `ready` rejects with what is wrong with the server.
    connection.on('error', () => undefined);
    connections.set(client, connection);
  }
  return connection;
}
