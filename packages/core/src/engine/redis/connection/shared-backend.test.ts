import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { expect, inject, it, onTestFinished } from 'vitest';
import { parseRedisUrl } from './connection.js';
import { createSharedBackend } from './shared-backend.js';

const EVENTS = ['ready', 'close', 'error'] as const;

function connect() {
  const client = parseRedisUrl(inject('redisUrl')).connect('worker');
  onTestFinished(() => client.disconnect());
  return client;
}

const optionsOf = (connection: ReturnType<typeof connect>) => ({ connection, prefix: 'shared', name: 'worker' });

it('listens to its client once, for however many queues', async () => {
  const client = connect();
  const first = createSharedBackend(client, 'first', optionsOf(client));
  await first.waitUntilReady();
  const counts = EVENTS.map((event) => client.listenerCount(event));
  const others = Array.from({ length: 20 }, (_, n) => createSharedBackend(client, `queue-${n}`, optionsOf(client)));
  await Promise.all(others.map((backend) => backend.waitUntilReady()));
  expect(EVENTS.map((event) => client.listenerCount(event))).toEqual(counts);
});

it('names keys and workers as those of BullMQ do', async () => {
  const client = connect();
  const name = randomUUID();
  const queue = new Queue(name, optionsOf(client));
  onTestFinished(() => queue.close());
  const [ours, theirs] = [createSharedBackend(client, name, optionsOf(client)), queue.getBackend()];
  expect(ours.keys).toEqual(theirs.keys);
  expect(ours.toKey('job')).toBe(theirs.toKey('job'));
  expect(ours.qualifiedName).toBe(theirs.qualifiedName);
  expect(ours.clientName(':w:name')).toBe(theirs.clientName(':w:name'));
});

it('goes on with one queue when that of another is closed', async () => {
  const client = connect();
  const names = [randomUUID(), randomUUID()] as const;
  const [closed, open] = names.map((name) => {
    const options = { ...optionsOf(client), autorun: false };
    return new Worker(
      name,
      async () => 'done',
      options,
      (queue, all) => createSharedBackend(client, queue, all),
    );
  });
  if (!closed || !open) throw new Error('There are two workers');
  await closed.close();
  expect(closed.getBackend().closing).toBeDefined();
  expect(open.getBackend().closing).toBeUndefined();
  const queue = new Queue(names[1], optionsOf(client));
  onTestFinished(() => queue.close());
  await queue.add('job', {});
  const job = await open.getNextJob('token', { block: false });
  expect(job?.name).toBe('job');
  await job?.moveToCompleted('done', 'token', false);
  expect(await queue.getCompletedCount()).toBe(1);
  await open.close();
  expect(client.status).toBe('ready');
});
