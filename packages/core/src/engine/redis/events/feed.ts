/** The events of many queues on Redis: one blocking read over all of their streams, which BullMQ writes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '../../../errors.js';
import { toQueueError } from '../../connection-error.js';
import type { EventFeed, EventPage, QueueEvent } from '../../contract.js';
import type { RedisClient } from '../connection/connection.js';
import { type AllEnds, keptOf, readEnds, type StreamEnds } from './ends.js';
import { ENTRIES, readArguments, takeEntries } from './entries.js';
import { isLater, parseId, StreamPlace } from './place.js';

/** A reader asks again after so long at the latest. Less than what makes a connection count as dead. ms */
const BLOCK = 10_000;

/** Between two reads that find something: a busy store is asked 50 times a second, and not for each event. ms */
const PAUSE = 20;

/** After a read that failed. ms */
const RETRY_DELAY = 1_000;

/** In a Cluster each node has a clock of its own. ms */
const CLUSTER_SKEW = 5_000;

export interface RedisFeedOptions {
  readonly queues: readonly string[];
  readonly address: string;
  /** In a Cluster each queue is in a slot of its own, and is read by itself. */
  readonly isCluster: boolean;
  /** The beginning of the keys of a queue, with its colon. */
  readonly baseOf: (queue: string) => string;
  readonly run: <T>(command: (client: RedisClient) => Promise<T>) => Promise<T>;
  readonly ends: (keys: readonly string[]) => Promise<unknown>;
  /** A connection of its own, which waits for ever; resolves soon, or rejects. */
  readonly connect: () => Promise<RedisClient>;
  readonly disconnect: (client: RedisClient) => void;
  readonly onError: (error: Error) => void;
}

export function createRedisFeed(options: RedisFeedOptions): EventFeed {
  const { queues, isCluster, baseOf, run, onError } = options;
  const skew = isCluster ? CLUSTER_SKEW : 0;
  const keyOf = (queue: string) => `${baseOf(queue)}events`;
  const byKey = new Map(queues.map((queue) => [keyOf(queue), queue]));
  const queueOf = (key: string) => byKey.get(key);
  /** Told once as long as it lasts. */
  const damaged = new Set<string>();

  /** Names that one command may have together. */
  const together = (names: readonly string[]) => (isCluster ? names.map((name) => [name]) : [names]);

  const look = async (): Promise<{ readonly time: number; readonly ends: ReadonlyMap<string, StreamEnds> }> => {
    if (queues.length === 0) return { time: 0, ends: new Map() };
    const groups = together(queues);
    const answers = await Promise.all(
      groups.map(async (names): Promise<AllEnds> => readEnds(await options.ends(names.map(keyOf)))),
    );
    const found = new Map<string, StreamEnds>();
    groups.forEach((names, group) => {
      names.forEach((name, index) => {
        const end = answers[group]?.ends[index];
        if (end) found.set(name, end);
        else if (!damaged.has(name)) onError(toQueueError(notAStream(keyOf(name)), options.address, name));
        if (end) damaged.delete(name);
        else damaged.add(name);
      });
    });
    return { time: Math.min(...answers.map(({ time }) => time)), ends: found };
  };

  const read = async (
    client: RedisClient,
    place: StreamPlace,
    names: readonly string[],
    ...words: (string | number)[]
  ) => {
    const answers = await Promise.all(
      together(names).map((group) =>
        client.call('XREAD', 'COUNT', ENTRIES, ...words, ...readArguments(place, group, keyOf)),
      ),
    );
    return takeEntries(answers, place, queueOf);
  };

  const nowPlace = async (): Promise<StreamPlace> => {
    const { time, ends } = await look();
    return new StreamPlace(new Map([...ends].map(([queue, { last }]) => [queue, last])), time, skew);
  };

  const pageOf = (place: StreamPlace, page: Omit<EventPage, 'place' | 'has'>): EventPage => ({
    ...page,
    place: place.toString(),
    has: (event) => {
      const id = parseId(event.id);
      return id !== undefined && !isLater(id, place.of(event.queue));
    },
  });

  return {
    now: async () => (await nowPlace()).toString(),
    async page(after) {
      const { ends } = await look();
      const place = StreamPlace.read(after, [...ends.keys()], skew);
      const kept = place ? keptOf(place, ends) : 'unknown';
      if (!place || kept === 'unknown') return pageOf(await nowPlace(), { events: [], kept: 'unknown', isLast: true });
      const names = [...ends.keys()];
      if (names.length === 0) return pageOf(place, { events: [], kept, isLast: true });
      const { events, isLast } = await run((client) => read(client, place, names));
      return pageOf(place, { events, kept, isLast });
    },
    async follow(after, listener) {
      const { ends } = await look();
      const place = StreamPlace.read(after, [...ends.keys()], skew) ?? (await nowPlace());
      const readers = together([...place.queues]).filter((names) => names.length > 0);
      const ended = new AbortController();
      const clients: RedisClient[] = [];
      const follower = async (client: RedisClient, names: readonly string[]): Promise<void> => {
        let readable = names;
        while (!ended.signal.aborted && readable.length > 0) {
          try {
            const began = performance.now();
            const { events } = await read(client, place, readable, 'BLOCK', BLOCK);
            for (const event of events) tell(event);
            const left = PAUSE - (performance.now() - began);
            if (left > 0) await sleep(left, undefined, { signal: ended.signal });
          } catch (error) {
            // The engine has been closed.
            if (ended.signal.aborted || client.status === 'end') return;
            // One key that is no stream (any more) fails the read of all.
            if (toError(error).message.startsWith('WRONGTYPE ')) readable = await leaveOutDamaged(readable);
            else onError(toError(error));
            await sleep(RETRY_DELAY, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
          }
        }
      };
      const leaveOutDamaged = async (names: readonly string[]): Promise<readonly string[]> => {
        await look().catch((error) => onError(toError(error)));
        for (const name of names) if (damaged.has(name)) place.leaveOut(name);
        return names.filter((name) => !damaged.has(name));
      };
      const tell = (event: QueueEvent) => {
        if (!ended.signal.aborted) listener(event);
      };
      const stop = async () => {
        ended.abort();
        for (const client of clients) options.disconnect(client);
      };
      try {
        await Promise.all(readers.map(async () => clients.push(await options.connect())));
      } catch (error) {
        await stop();
        throw error;
      }
      readers.forEach((names, index) => {
        const client = clients[index];
        if (client) follower(client, names).catch(onError);
      });
      return stop;
    },
  };
}

function notAStream(key: string): Error {
  return Object.assign(new Error(`WRONGTYPE "${key}" is no stream`), { name: 'ReplyError' });
}
