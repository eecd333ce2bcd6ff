/** A client that finds its master by a Sentinel. */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { startProxy, startRedisSentinel } from '@bizinsights/test-servers';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parseRedisUrl } from './connection.js';

const PATIENT = { timeout: 30_000, interval: 20 };

it('outlives a failover that is announced while it asks for the master', async () => {
  const sentinel = await startRedisSentinel();
  onTestFinished(() => sentinel.stop());
  const port = Number(new URL(sentinel.url).port);
  // It asks by the first, and hears of failovers by both.
  const [asked, heard] = [await startProxy(port), await startProxy(port)];
  onTestFinished(async () => void (await Promise.all([asked.stop(), heard.stop()])));
  const client = parseRedisUrl(`redis-sentinel://127.0.0.1:${asked.port},127.0.0.1:${heard.port}/mymaster`).connect(
    'worker',
  );
  onTestFinished(() => client.disconnect());
  client.on('error', () => undefined);
  await client.set('key', 'value');
  await vi.waitFor(async () => expect(await sentinel.subscribers()).toBe(2), PATIENT);
  // What a replica does not have yet is lost with its master.
  await vi.waitFor(async () => expect(await sentinel.replica.command('GET', 'key')).toContain('value'), PATIENT);

  // It hears of the failover after the client, which has subscribed before it.
  const listener = new Redis(heard.port, { enableReadyCheck: false });
  onTestFinished(() => listener.disconnect());
  await listener.subscribe('+switch-master');

  asked.pause();
  await sentinel.master.command('CLIENT', 'KILL', 'TYPE', 'NORMAL');
  await vi.waitFor(() => expect(client.status).toBe('connecting'), PATIENT);
  const switched = once(listener, 'message');
  await sentinel.failOver();
  await switched;
  await setImmediate();
  asked.resume();

  expect(await client.get('key')).toBe('value');
  expect(await sentinel.replica.command('ROLE')).toContain('master');
  expect(await sentinel.replica.command('CLIENT', 'LIST')).toContain('cmd=get');
});
