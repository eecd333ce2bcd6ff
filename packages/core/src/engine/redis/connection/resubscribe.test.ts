/** What ioredis sends of its own accord on a connection that is open again. */
import { startRedis } from '@bizinsights/test-servers';
import { Cluster } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parseRedisUrl } from './connection.js';

const PATIENT = { timeout: 30_000, interval: 20 };

async function open(path = '') {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const client = parseRedisUrl(`${redis.url}${path}`).connect('worker');
  if (client instanceof Cluster) throw new Error('It is one server.');
  const errors: Error[] = [];
  client.on('error', (error) => errors.push(error));
  onTestFinished(() => client.disconnect());
  return { redis, client, errors };
}

// Vitest fails a file in which a rejection has no handler.
it.for(['', '/3'])('has a handler when the connection is lost again, and the client closed (%s)', async (path) => {
  const { redis, client } = await open(path);
  await client.subscribe('news');
  await client.psubscribe('news.*');
  const ended = new Promise((resolve) => client.once('end', resolve));
  client.once('ready', () => {
    client.once('reconnecting', () => client.disconnect());
    client.stream.destroy();
  });
  await redis.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
  await ended;
});

it('is reported by the client when Redis refuses it', async () => {
  const { redis, client, errors } = await open();
  await client.subscribe('news');
  await redis.command('ACL', 'SETUSER', 'default', 'resetchannels');
  await redis.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
  await vi.waitFor(() => expect(errors.map(({ message }) => message).join()).toContain('NOPERM'), PATIENT);
});

it('is also rejected to a caller who awaits it', async () => {
  const { redis, client } = await open();
  await client.ping();
  await redis.command('ACL', 'SETUSER', 'default', 'resetchannels');
  await expect(client.subscribe('news')).rejects.toThrow('NOPERM');
});
