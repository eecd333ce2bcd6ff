import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import type { RedisClient } from './client.js';
import { shareClient } from './shared-client.js';

function counted() {
  const opened: RedisClient[] = [];
  const closed: RedisClient[] = [];
  const shared = shareClient(
    () => {
      const client = new Redis({ lazyConnect: true });
      opened.push(client);
      return client;
    },
    (client) => closed.push(client),
  );
  return { shared, opened, closed };
}

it('is opened before the first worker takes its share, and is the one that all get', () => {
  const { shared, opened } = counted();
  shared.open();
  shared.open();
  expect(opened).toHaveLength(1);
  const shares = [shared.take(), shared.take()];
  expect(opened).toHaveLength(1);
  for (const { client } of shares) expect(client).toBe(opened[0]);
});

it('is opened by the first worker where nothing has opened it', () => {
  const { shared, opened } = counted();
  shared.take();
  expect(opened).toHaveLength(1);
});

it('is closed once all have left, and opened again for the next one', () => {
  const { shared, opened, closed } = counted();
  shared.open();
  const [first, second] = [shared.take(), shared.take()];
  first.leave();
  first.leave();
  expect(closed).toEqual([]);
  second.leave();
  expect(closed).toEqual(opened);
  shared.take();
  expect(opened).toHaveLength(2);
});
