import { expect, it } from 'vitest';
import { EventHub, type ObservedQueue } from './event-hub.js';

/** So many may go on from far back at a time. */
const REPLAYS = 20;

it('a listener from a place that is not whole any more gets what there is, and is told', async () => {
  const asked: (string | undefined)[] = [];
  const queues = (['all', 'some', 'unknown'] as const).map(
    (kept): ObservedQueue => ({
      name: kept,
      lastEventId: async () => '9',
      eventsKept: async () => kept,
      async events(_listener, after) {
        asked.push(after);
        return async () => {};
      },
    }),
  );
  const after = new Map(queues.map(({ name }) => [name, `of ${name}`]));
  const open = async (...names: string[]) => {
    const hub = new EventHub(
      queues.filter(({ name }) => names.includes(name)),
      () => {},
    );
    await (await hub.listen(() => {})).stop();
    asked.length = 0;
    return hub.listen(() => {}, after);
  };
  expect((await open('all')).complete).toBe(true);
  expect((await open('all', 'some')).complete).toBe(false);
  expect(asked).toEqual(expect.arrayContaining(['of all', 'of some']));
  expect((await open('all', 'unknown')).complete).toBe(false);
  // From now on: BullMQ stops reading at an id that it can't read.
  expect(asked.slice(-2)).toEqual(expect.arrayContaining(['of all', undefined]));
});

it('a listener that cannot go on from far back takes no place away from the next one', async () => {
  let isAway = false;
  let open = 0;
  const queue: ObservedQueue = {
    name: 'mails',
    lastEventId: async () => '9',
    eventsKept: async () => 'all',
    async events() {
      if (isAway) throw new Error('the store is away');
      open += 1;
      return async () => {
        open -= 1;
      };
    },
  };
  const hub = new EventHub([queue], () => {});
  const other = await hub.listen(() => {});
  isAway = true;
  for (let index = 0; index < REPLAYS; index++) {
    await expect(hub.listen(() => {}, new Map([['mails', '1']]))).rejects.toThrow('the store is away');
  }
  isAway = false;
  const back = await hub.listen(() => {}, new Map([['mails', '1']]));
  expect(back.complete).toBe(true);
  await back.stop();
  await other.stop();
  expect(open).toBe(0);
});
