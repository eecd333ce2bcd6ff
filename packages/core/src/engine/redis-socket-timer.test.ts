import { once } from 'node:events';
import { Redis } from 'ioredis';
import { expect, inject, it } from 'vitest';
import { endTimerWithSocket } from './redis-socket-timer.js';

/** Longer than the test. ms */
const TIMEOUT = 600_000;

/** A client that waits for something that never comes. */
async function waiting() {
  const client = new Redis(inject('redisUrl'), { socketTimeout: TIMEOUT, maxRetriesPerRequest: null });
  endTimerWithSocket(client);
  await once(client, 'ready');
  client.blpop('nothing', 0).catch(() => {});
  const timer: NodeJS.Timeout = Reflect.get(client, 'socketTimeoutTimer');
  expect(timer.hasRef()).toBe(true);
  return { client, timer };
}

/** Whether Node would still call it. */
const isActive = (timer: NodeJS.Timeout) => Reflect.get(timer, '_destroyed') === false;

it('the timer of a wait ends when the client is closed', async () => {
  const { client, timer } = await waiting();
  expect(isActive(timer)).toBe(true);
  client.disconnect();
  await once(client, 'end');
  expect(isActive(timer)).toBe(false);
});

it('the socket that replaces a lost one has a timer of its own', async () => {
  const { client, timer } = await waiting();
  client.stream.destroy();
  // Then what was waited for is sent again.
  await once(client, 'ready');
  expect(isActive(timer)).toBe(false);
  expect(isActive(Reflect.get(client, 'socketTimeoutTimer'))).toBe(true);
  client.disconnect();
});
