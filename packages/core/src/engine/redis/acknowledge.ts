/**
 * Lets replicas acknowledge what is written before its caller hears of it: Redis itself answers when its master has it,
 * and a failover may then choose a replica that has not.
 */
import { type Cluster, Command, type Redis } from 'ioredis';
import { unavailable } from '../connection-error.js';
import type { RedisClient } from './connection/client.js';

/** How many replicas are waited for, and for how long. */
export interface Acknowledge {
  /** At least 1. */
  readonly replicas: number;
  /** ms, at most 2,000. Default 1,000. Nothing else is carried out on the connection meanwhile. */
  readonly timeout?: number | undefined;
}

export const ACKNOWLEDGE_TIMEOUT = 1_000;

/** Runs a write to `key` and waits until so many replicas have it. */
export type Acknowledged = <T>(key: string, write: () => Promise<T>) => Promise<T>;

/**
 * Each write is followed by a WAIT on its own connection, one for all that have been answered in the same turn. A write
 * whose connection was lost in between counts as lost with it: the next one may be to another master, which knows nothing
 * of it.
 */
export function createAcknowledged(
  { replicas, timeout = ACKNOWLEDGE_TIMEOUT }: Acknowledge,
  client: () => RedisClient,
  address: string,
): Acknowledged {
  const waits = new WeakMap<Redis['stream'], Promise<number>>();

  const send = async (connection: Redis, socket: Redis['stream']): Promise<number> => {
    await new Promise((resolve) => setImmediate(resolve));
    waits.delete(socket);
    assertSame(connection, socket);
    const count = Number(await connection.call('WAIT', replicas, timeout));
    assertSame(connection, socket);
    return count;
  };
  const wait = (connection: Redis, socket: Redis['stream']): Promise<number> => {
    let waiting = waits.get(socket);
    if (!waiting) {
      waiting = send(connection, socket);
      waits.set(socket, waiting);
    }
    return waiting;
  };

  return async (key, write) => {
    const connection = connectionOf(client(), key);
    const socket = connection?.stream;
    const answer = await write();
    if (!connection || !socket || connectionOf(client(), key) !== connection) throw lost();
    const count = await wait(connection, socket);
    if (count >= replicas) return answer;
    const problem = `NOREPLICAS ${count} of ${replicas} replicas have acknowledged it within ${timeout} ms`;
    throw unavailable(address, new Error(problem));
  };
}

/** The connection on which the commands for a key go; undefined where a Cluster has none yet. */
function connectionOf(client: RedisClient, key: string): Redis | undefined {
  if (!isCluster(client)) return client;
  const node = client.slots[new Command('get', [key]).getSlot() ?? 0]?.[0];
  return client.nodes('master').find(({ options }) => `${options.host}:${options.port}` === node);
}

function assertSame(connection: Redis, socket: Redis['stream']): void {
  if (connection.stream !== socket || socket.destroyed) throw lost();
}

/** In ioredis's words, so that it is sent again. */
function lost(): Error {
  return new Error('Connection is closed.');
}

function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}

/** What `health()` warns of where replicas are to acknowledge, by a master's INFO. */
export function acknowledgeWarnings(replicas: number, field: (name: string) => string | undefined): string[] {
  const connected = Number(field('connected_slaves') ?? 0);
  const warnings: string[] = [];
  if (connected < replicas) {
    warnings.push(
      `\`acknowledge\` waits for ${replicas} replicas, and the master at port ${field('tcp_port')} has ${connected}: ` +
        'what is added there is rejected.',
    );
  }
  // Redis shows the field only where both of its settings are above 0.
  if (connected > 0 && field('min_slaves_good_slaves') === undefined) {
    warnings.push(
      `min-replicas-to-write of the master at port ${field('tcp_port')} is 0: cut off from its replicas, it goes on to ` +
        'take what a failover then drops, and workers to run it. Set it to 1.',
    );
  }
  return warnings;
}
