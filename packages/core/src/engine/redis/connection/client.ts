/** An ioredis client of our own, with what in it stands in our way put right. */
import type { Cluster, Redis } from 'ioredis';
import { endSilentConnections } from '../silence.js';
import { settleConnects } from './cluster-connect.js';
import { endAllNodes } from './cluster-end.js';
import { limitCluster } from './cluster-limit.js';
import { defineLate } from './late-scripts.js';
import { keepSentinels } from './sentinels.js';

export type RedisClient = Redis | Cluster;

/** What BullMQ looks for, but for the policy of which it would write to the console. */
const READ_BY_BULLMQ = /^[^\r\n]*(?:version|server):[^\r\n]*/gm;

/** How long an answer to `info()` is shared. ms */
const INFO_AGE = 5_000;

/** What is known of the server. */
type Info = { answer?: Promise<string>; askedAt?: number };

export interface Limits {
  /** A connection on which an answer is awaited this long, and nothing comes, is taken to be dead. ms */
  readonly silence: number;
  /** How long a Cluster may look for the node that carries a command out. Absent: for ever. ms */
  readonly cluster?: number;
}

/**
 * Changes a client, and every duplicate that is made of it (BullMQ makes some):
 *
 * - `info()` shows BullMQ what it looks for, without `maxmemory_policy`: it writes to the console what `health()` reports
 *   to the logger. All of them share an answer for a while: BullMQ asks once for each connection, and once more for
 *   each queue.
 * - `disconnect()` between two attempts to connect ends the client. ioredis itself stops trying without saying so, and
 *   whoever waits for an answer or for its `end` waits for ever.
 * - A connection is given up when it is silent for too long, and so is what a Cluster has no node for.
 * - A Cluster that is told to end ends all of its connections, and a client its connections to Sentinels.
 * - Scripts are made when they are first called.
 * - `connect()` of a Cluster ends when the client is ready, also where the first attempt finds the Cluster down.
 */
export function adapt<Client extends RedisClient>(client: Client, limits: Limits, known: Info = {}): Client {
  endSilentConnections(client, limits.silence);
  if (limits.cluster !== undefined) limitCluster(client, limits.cluster);
  endAllNodes(client);
  settleConnects(client);
  keepSentinels(client);
  defineLate(client);
  const info = client.info.bind(client);
  const duplicate = client.duplicate.bind(client);
  const disconnect = client.disconnect.bind(client);
  // Assigned as a whole: ioredis's overloads with callbacks are more than can be written as one function.
  return Object.assign(client, {
    info: (...args: unknown[]) => {
      // ioredis asks by a callback whether a connection is ready.
      if (args.length > 0) return Reflect.apply(info, client, args);
      const now = performance.now();
      if (known.answer && known.askedAt !== undefined && now - known.askedAt < INFO_AGE) return known.answer;
      const answer = info().then((text) => (text.match(READ_BY_BULLMQ) ?? []).join('\n'));
      Object.assign(known, { answer, askedAt: now });
      // Whoever comes next asks again.
      answer.catch(() => {
        if (known.answer === answer) delete known.answer;
      });
      return answer;
    },
    duplicate: (...args: unknown[]) => adapt(Reflect.apply(duplicate, client, args), limits, known),
    disconnect(reconnect = false) {
      // One that was never connected is what ioredis ends at once. A Cluster between two attempts may say "close": the
      // last of its earlier connections have changed that.
      if (!reconnect && (client.status === 'reconnecting' || client.status === 'close')) client.status = 'wait';
      disconnect(reconnect);
      if (!reconnect) rejectUnsent(client);
    },
  });
}

/** ioredis keeps the commands of a lost connection to send them again, and forgets them when it is told to end. */
function rejectUnsent(client: RedisClient): void {
  const unsent: unknown = Reflect.get(client, 'prevCommandQueue');
  if (typeof unsent !== 'object' || unsent === null || !('shift' in unsent) || typeof unsent.shift !== 'function')
    return;
  for (let item = unsent.shift(); item; item = unsent.shift()) item.command.reject(new Error('Connection is closed.'));
}
