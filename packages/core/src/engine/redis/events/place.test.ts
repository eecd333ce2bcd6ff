import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isLater, type StreamId, StreamPlace } from './place.js';

const queues = Array.from({ length: 500 }, (_, n) => `queue-${n}`);

/** Events of a server whose clock stands still for some, and goes on between others. */
const written = fc.array(fc.tuple(fc.nat(queues.length - 1), fc.nat(3), fc.nat(200_000)), { maxLength: 300 });

it('is as short for 500 queues as for a few, and the same once it is read again', () => {
  const start = new Map(queues.map((queue, n) => [queue, { ms: 1_700_000_000_000 - n * 1_000, nth: 0 }]));
  const place = new StreamPlace(start, 1_700_000_000_000, 0);
  for (let n = 0; n < 2_000; n++) {
    place.moveTo(queues[(n * 7) % 500] ?? '', { ms: 1_700_000_000_000 + Math.floor(n / 3), nth: n % 3 });
    expect(String(place).length).toBeLessThan(160);
    const read = StreamPlace.read(String(place), queues, 0);
    expect(String(read).length).toBe(String(place).length);
  }
});

it('is short also where many queues are written to in one ms', () => {
  const place = new StreamPlace(new Map(queues.map((queue) => [queue, { ms: 0, nth: 0 }])), 1_600_000_000_000, 0);
  for (const queue of queues.slice(0, 40)) place.moveTo(queue, { ms: 1_700_000_000_000, nth: 0 });
  expect(String(place).length).toBeLessThan(220);
});

it('loses nothing and doubles nothing, whatever comes between', () => {
  fc.assert(
    fc.property(written, fc.nat(300), (events, cut) => {
      let ms = 1_700_000_000_000;
      const nths = new Map<string, StreamId>();
      const entries = events.map(([index, wait, far]) => {
        ms += wait === 3 ? far : wait === 2 ? 1 : 0;
        const queue = queues[index] ?? '';
        const last = nths.get(queue);
        const id = { ms, nth: last?.ms === ms ? last.nth + 1 : 0 };
        nths.set(queue, id);
        return { queue, id };
      });
      const place = new StreamPlace(new Map(queues.map((queue) => [queue, { ms: 0, nth: 0 }])), 1_600_000_000_000, 0);
      for (const { queue, id } of entries.slice(0, cut)) place.moveTo(queue, id);
      const read = StreamPlace.read(String(place), queues, 0);
      const behind = entries.filter(({ queue, id }) =>
        isLater(id, read?.of(queue) ?? expect.fail('it can not be read')),
      );
      expect(behind).toEqual(entries.slice(cut));
    }),
    { numRuns: 200 },
  );
});

it('knows what the clock of its server gives once more, as it was set back', () => {
  const place = new StreamPlace(new Map(queues.map((queue) => [queue, { ms: 1_000, nth: 0 }])), 100_000, 0);
  for (const queue of queues.slice(0, 20)) place.moveTo(queue, { ms: 100_000, nth: 0 });
  place.moveTo('queue-30', { ms: 50_000, nth: 0 });
  const read = StreamPlace.read(String(place), queues, 0);
  expect(isLater({ ms: 50_000, nth: 0 }, read?.of('queue-31') ?? expect.fail())).toBe(true);
  expect(read?.of('queue-3')).toMatchObject({ ms: 100_000, nth: 0 });
});

it.each(['', 'r', 'p12', 'r12.', 'r12.1-0-', 'r12.1-0-abcd', 'r12.aaaaaa-0', `r${'z'.repeat(20)}`, 'r1 '])(
  'is none: %j',
  (text) => {
    expect(StreamPlace.read(text, queues, 0)).toBeUndefined();
  },
);

it('takes a queue that it does not name, as a new one, from its time on', () => {
  const place = new StreamPlace(new Map([['queue-1', { ms: 5, nth: 0 }]]), 1_000, 0);
  const read = StreamPlace.read(String(place), ['queue-1', 'new'], 0);
  expect(read?.of('new')).toMatchObject({ ms: 0, nth: Number.POSITIVE_INFINITY });
});
