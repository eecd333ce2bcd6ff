/** The end of a process that uses jobs, with `close` and without. */
import { createDatabase, startRedisSentinel } from '@bizinsights/test-servers';
import { expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createJobs } from './jobs.js';
import { silentLogger } from './logger.js';
import { defineProcessor } from './processor/definition.js';
import { defineQueue } from './queue/definition.js';
import { startChild } from './worker/fixtures/child.js';

const numbers = defineQueue({ name: 'idle-producer', schema: z.object({ n: z.number() }) });

function open(connection: string) {
  return createJobs({ connection, queues: [numbers], logger: silentLogger, environment: {} });
}

async function startSentinel() {
  const sentinel = await startRedisSentinel();
  onTestFinished(() => sentinel.stop());
  return sentinel.url;
}

async function startDatabase() {
  const database = await createDatabase(inject('postgresUrl'));
  onTestFinished(() => database.drop());
  return database.url;
}

it.each([
  { name: 'Redis', connect: () => inject('redisUrl') },
  { name: 'Redis Cluster', connect: () => inject('redisClusterUrl') },
  { name: 'Redis with Sentinel', connect: startSentinel },
  { name: 'PostgreSQL', connect: startDatabase },
  { name: 'Redis, with ioredis 5,', connect: () => inject('redisUrl'), args: ['older'] },
  { name: 'Redis Cluster, with ioredis 5,', connect: () => inject('redisClusterUrl'), args: ['older'] },
])('a script that adds jobs to $name ends by itself once they are added', async ({ connect, args = [] }) => {
  const connection = await connect();
  const child = startChild('../../fixtures/producer.ts', { args: [connection, ...args] });
  onTestFinished(() => child.kill('SIGKILL'));
  expect(await child.ended, child.output()).toBe(0);
  expect(child.output().trim().split('\n').sort()).toEqual(['added 2', 'added 3', 'added 4']);
  await using jobs = open(connection);
  expect(await jobs.queue(numbers).counts()).toMatchObject({ waiting: 4 });
  await jobs.queue(numbers).empty();
});

it('`await using` closes jobs and a worker at the end of its block', async () => {
  let seen: Awaited<ReturnType<ReturnType<typeof open>['startWorker']>> | undefined;
  const jobs = open(inject('redisUrl'));
  {
    await using closed = jobs;
    closed.registerProcessor(defineProcessor({ queue: numbers, process: () => undefined }));
    await using worker = await closed.startWorker({ handleSignals: false });
    seen = worker;
    const { id } = await closed.queue(numbers).add({ n: 1 });
    await closed.queue(numbers).waitFor(id);
  }
  expect(seen.stats().queues).toMatchObject({ [numbers.name]: { completed: 1 } });
  await expect(jobs.queue(numbers).add({ n: 2 })).rejects.toThrow('jobs.close() has been called');
});
