import { expect, it } from 'vitest';
import { EventHub, type ObservedQueue } from './event-hub.js';

/** So many may go on from far back at a time. */
const REPLAYS = 20;

it('a listener that cannot go on from far back takes no place away from the next one', async () => {
  let isAway = false;
  let open = 0;
  const queue: ObservedQueue = {
    name: 'mails',
    lastEventId: async () => '9',
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
