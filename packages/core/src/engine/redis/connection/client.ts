/** An ioredis client of our own, with what in it stands in our way put right. */
import type { Cluster, Redis } from 'ioredis';
import { endSilentConnections } from '../silence.js';
import { settleConnects } from './cluster-connect.js';
import { endAllNodes } from './cluster-end.js';
import { limitCluster } from './cluster-limit.js';
import { defineLate } from './late-scripts.js';
import { handleResubscription } from './resubscribe.js';
import { keepSentinels } from './sentinels.js';

export type RedisClient = Redis | Cluster;

/** What BullMQ looks for, but for the policy of which it would write to the console. */
const READ_BY_BULLMQ = /^[^\r\n]*(?:version|server):[^\r\n]*/gm;

/** How long an answer to INFO counts for all connections. ms */
const INFO_AGE = 5_000;

/** What ioredis looks for in INFO, of a server that takes commands. */
const LOADED = 'loading:0';

/** What the clients of one address know of its server. */
export interface ServerInfo {
  /** The last answer to INFO, as BullMQ gets it, and when it came. */
  text?: string;
  readAt?: number;
}

/** An answer to `info()` that a client and its duplicates wait for. */
interface Asking {
  answer?: Promise<string>;
}

export interface Limits {
  /** A connection on which an answer is awaited this long, and nothing comes, is taken to be dead. ms */
  readonly silence: number;
  /** How long a Cluster may look for the node that carries a command out. Absent: for ever. ms */
  readonly cluster?: number;
}

/**
 * Changes a client, and every duplicate that is made of it:
 *
 * - `info()` shows BullMQ what it looks for, without `maxmemory_policy`: it writes to the console what `health()` reports
 *   to the logger. All of them share an answer for a while: BullMQ asks once for each connection, and once more for
 *   each queue.
 * - ioredis asks by INFO whether a server that has just been connected is still loading its data. The first connection of
 *   a client does not ask where another client of the same server has had the answer a moment ago.
 * - `disconnect()` between two attempts to connect ends the client. ioredis itself stops trying without saying so, and
 *   whoever waits for an answer or for its `end` waits for ever.
 * - A connection is given up when it is silent for too long, and so is what a Cluster has no node for.
 * - A connection on which no answer is awaited, or of a duplicate, which does nothing but wait, is closed without waiting for
 *   Redis to close it too.
 * - A Cluster that is told to end ends all of its connections, and a client its connections to Sentinels.
 * - A subscription that ioredis repeats by itself, and that fails, does not end the process.
 * - Scripts are made when they are first called.
 * - `connect()` of a Cluster ends when the client is ready, also where the first attempt finds the Cluster down.
 */
export function adapt<Client extends RedisClient>(
  client: Client,
  limits: Limits,
  server: ServerInfo = {},
  original?: Asking,
): Client {
  endSilentConnections(client, limits.silence);
  if (limits.cluster !== undefined) limitCluster(client, limits.cluster);
  endAllNodes(client);
  settleConnects(client);
  if (!isCluster(client)) handleResubscription(client);
  keepSentinels(client);
  defineLate(client);
  const info = client.info.bind(client);
  const duplicate = client.duplicate.bind(client);
  const disconnect = client.disconnect.bind(client);
  const quit = client.quit.bind(client);
  const asking = original ?? {};
  // A Sentinel may name a server that is no master, which ioredis finds out by the answer.
  let isFirst = !isCluster(client) && !client.options.sentinels;
  // Assigned as a whole: ioredis's overloads with callbacks are more than can be written as one function.
  return Object.assign(client, {
    info: (...args: unknown[]) => {
      const [answered] = args;
      if (typeof answered === 'function') {
        // ioredis asks whether a connection is ready.
        const isKnown = isFirst && knownText(server) !== undefined;
        isFirst = false;
        if (isKnown) return Promise.resolve().then(() => answered(null, LOADED));
        return Reflect.apply(info, client, [
          (error: unknown, text: unknown) => {
            if (!error && isLoaded(text)) note(server, text);
            answered(error, text);
          },
        ]);
      }
      const text = knownText(server);
      if (text !== undefined) return Promise.resolve(text);
      asking.answer ??= info()
        .then((answer) => note(server, answer))
        .finally(() => {
          delete asking.answer;
        });
      return asking.answer;
    },
    duplicate: (...args: unknown[]) => adapt(Reflect.apply(duplicate, client, args), limits, server, asking),
    disconnect(reconnect = false) {
      // One that was never connected is what ioredis ends at once. A Cluster between two attempts may say "close": the
      // last of its earlier connections have changed that.
      if (!reconnect && (client.status === 'reconnecting' || client.status === 'close')) client.status = 'wait';
      if (!reconnect && client.status === 'ready' && !isCluster(client)) {
        if (original || client.commandQueue.length === 0) endAtOnce(client.stream);
      }
      disconnect(reconnect);
      if (!reconnect) rejectUnsent(client);
    },
    quit: () => (client.status === 'end' && !isCluster(client) ? Promise.resolve('OK' as const) : quit()),
  });
}

/** ioredis ends it once more, for nothing. */
function endAtOnce(stream: Redis['stream']): void {
  stream.destroy();
  Object.assign(stream, { end: () => stream });
}

/** The host may have another copy of ioredis than we. */
function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}

function knownText({ text, readAt = Number.NEGATIVE_INFINITY }: ServerInfo): string | undefined {
  return performance.now() - readAt < INFO_AGE ? text : undefined;
}

function note(server: ServerInfo, answer: string): string {
  const text = (answer.match(READ_BY_BULLMQ) ?? []).join('\n');
  Object.assign(server, { text, readAt: performance.now() });
  return text;
}

/** Not a server that still reads its data. */
function isLoaded(answer: unknown): answer is string {
  return typeof answer === 'string' && !/^loading:[^0]/m.test(answer);
}

/** ioredis keeps the commands of a lost connection to send them again, and forgets them when it is told to end. */
function rejectUnsent(client: RedisClient): void {
  const unsent: unknown = Reflect.get(client, 'prevCommandQueue');
  if (typeof unsent !== 'object' || unsent === null || !('shift' in unsent) || typeof unsent.shift !== 'function')
    return;
  for (let item = unsent.shift(); item; item = unsent.shift()) item.command.reject(new Error('Connection is closed.'));
}
