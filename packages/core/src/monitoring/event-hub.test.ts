import { expect, it } from 'vitest';
import type { EventFeed, EventPage, EventsKept, QueueEvent } from '../engine/contract.js';
import { EventHub, type HubEvent } from './event-hub.js';

const event = (n: number): QueueEvent => ({
  queue: 'mails',
  id: String(n),
  kind: 'added',
  jobId: `j${n}`,
  place: `p${n}`,
});

/** A store with as many events as were told, from which anybody can read on. */
function store() {
  let last = 0;
  let failure: Error | undefined;
  const asked: string[] = [];
  const followers = new Set<(event: QueueEvent) => void>();
  let read: ((after: number) => Partial<EventPage>) | undefined;
  const feed: EventFeed = {
    now: async () => `p${last}`,
    async page(after) {
      asked.push(after);
      if (failure) throw failure;
      const from = Number(after.slice(1));
      const events = Array.from({ length: last - from }, (_, n) => event(from + n + 1));
      const upTo = last;
      const page = { events, kept: 'all' as const, place: `p${upTo}`, isLast: true };
      return { ...page, has: ({ id }) => Number(id) <= upTo, ...read?.(from) };
    },
    async follow(_after, listener) {
      followers.add(listener);
      return async () => void followers.delete(listener);
    },
  };
  return {
    feed,
    asked,
    followers,
    /** Written; the reader of all hears of it later. */
    write: (count: number) => {
      last += count;
    },
    deliver: (n: number) => {
      for (const follower of followers) follower(event(n));
    },
    fail: (error: Error | undefined) => {
      failure = error;
    },
    answer: (by: typeof read) => {
      read = by;
    },
  };
}

function listener() {
  const had: string[] = [];
  let begun = '';
  return {
    had,
    begin: (place: string) => {
      begun = place;
    },
    begun: () => begun,
    event: ({ event: { jobId } }: HubEvent) => void had.push(jobId),
    missed: (place: string) => void had.push(`missed ${place}`),
    lost: () => void had.push('lost'),
  };
}

const refuse = (error: Error) => expect.fail(error.message);

it('opens one reader for all listeners, and writes an event once', async () => {
  const { feed, followers, deliver, write } = store();
  const hub = new EventHub(feed, refuse);
  const chunks: Uint8Array[] = [];
  const stops = [];
  for (let n = 0; n < 50; n++)
    stops.push(await hub.listen({ ...listener(), event: ({ chunk }) => void chunks.push(chunk) }, () => {}));
  expect(followers.size).toBe(1);
  write(1);
  deliver(1);
  expect([chunks.length, new Set(chunks).size]).toEqual([50, 1]);
  for (const stop of stops) await stop();
  expect(followers.size).toBe(0);
});

it('gives one that comes back what it has missed, without asking the store', async () => {
  const { feed, asked, deliver, write } = store();
  const hub = new EventHub(feed, refuse);
  const [first, second] = [listener(), listener()];
  await hub.listen(first, first.begin);
  write(3);
  for (const n of [1, 2, 3]) deliver(n);
  await hub.listen(second, second.begin, 'p1');
  await hub.listen(second, second.begin, 'p0');
  write(1);
  deliver(4);
  expect(first.had).toEqual(['j1', 'j2', 'j3', 'j4']);
  expect(second.had).toEqual(['j2', 'j3', 'j1', 'j2', 'j3', 'j4', 'j4']);
  expect(asked).toEqual([]);
});

it('reads for one from before its time, or of another process, and joins it without loss or double', async () => {
  const { feed, asked, deliver, write } = store();
  const hub = new EventHub(feed, refuse);
  const [first, back] = [listener(), listener()];
  await hub.listen(first, first.begin);
  // The store has them before the reader of all hears of them.
  write(5);
  await hub.listen(back, back.begin, 'p2');
  await expect.poll(() => back.had).toEqual(['j3', 'j4', 'j5']);
  write(1);
  for (const n of [1, 2, 3, 4, 5, 6]) deliver(n);
  expect(first.had).toEqual(['j1', 'j2', 'j3', 'j4', 'j5', 'j6']);
  expect([back.begun(), ...back.had]).toEqual(['p2', 'j3', 'j4', 'j5', 'j6']);
  expect(asked).toEqual(['p2']);
});

it.each<[EventsKept, string[]]>([
  ['some', ['missed p2', 'j3', 'j4', 'j5']],
  ['unknown', ['missed p5', 'j3', 'j4', 'j5']],
])('tells one that something may have been missed where of what it has not had there is %s', async (kept, had) => {
  const { feed, write, answer } = store();
  answer(() => ({ kept }));
  write(5);
  const back = listener();
  await new EventHub(feed, refuse).listen(back, back.begin, 'p2');
  await expect.poll(() => back.had).toEqual(had);
});

it('ends one whose events cannot be read, and takes no turn away from the next ones', async () => {
  const { feed, followers, fail, write } = store();
  const errors: Error[] = [];
  const hub = new EventHub(feed, (error) => errors.push(error));
  write(1);
  fail(new Error('the store is away'));
  const away = Array.from({ length: 20 }, listener);
  const stops = await Promise.all(away.map((one) => hub.listen(one, one.begin, 'p0')));
  await expect.poll(() => away.map(({ had }) => had)).toEqual(away.map(() => ['lost']));
  expect(errors).toHaveLength(20);
  fail(undefined);
  const back = listener();
  stops.push(await hub.listen(back, back.begin, 'p0'));
  await expect.poll(() => back.had).toEqual(['j1']);
  for (const stop of stops) await stop();
  expect(followers.size).toBe(0);
});
