/** BullMQ's stream of a queue's events on Redis: where it ends, and how far back it goes. */
import type { EventsKept } from '../contract.js';
import type { RedisClient } from './connection/connection.js';

/** The last id of a stream that has had no entry. */
const NOTHING = '0-0';

/** @param base the beginning of the queue's keys, with its colon */
export async function lastEventId(client: RedisClient, base: string): Promise<string> {
  return (await client.xrevrange(`${base}events`, '+', '-', 'COUNT', 1))[0]?.[0] ?? NOTHING;
}

/** @param base the beginning of the queue's keys, with its colon */
export async function eventsKept(client: RedisClient, base: string, after: string): Promise<EventsKept> {
  const key = `${base}events`;
  const [entries, last] = await Promise.all([
    client.xrange(key, '-', '+', 'COUNT', 1),
    lastEventId(client, base).then(parse),
  ]);
  const [first, place] = [parse(entries[0]?.[0] ?? NOTHING), parse(after)];
  if (!first || !last || !place || isLater(place, last)) return 'unknown';
  if (after === NOTHING) return (await wasTrimmed(client, key)) ? 'some' : 'all';
  return isLater(first, place) ? 'some' : 'all';
}

/** Whether entries have left the stream. Redis before 7 does not say: then they may have. */
async function wasTrimmed(client: RedisClient, key: string): Promise<boolean> {
  if ((await client.exists(key)) === 0) return false;
  const about = await client.xinfo('STREAM', key);
  if (!Array.isArray(about)) return true;
  const fieldOf = (field: string): unknown => about[about.indexOf(field) + 1];
  return fieldOf('entries-added') !== fieldOf('length');
}

type Place = readonly [ms: number, nth: number];

function parse(id: string): Place | undefined {
  const [, ms, nth] = /^(\d{1,15})-(\d{1,15})$/.exec(id) ?? [];
  return ms === undefined || nth === undefined ? undefined : [Number(ms), Number(nth)];
}

function isLater(one: Place, other: Place): boolean {
  return one[0] === other[0] ? one[1] > other[1] : one[0] > other[0];
}
