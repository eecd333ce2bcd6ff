/** Which store `createJobs` takes. */
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { ConfigError } from './errors.js';
import { createJobs } from './jobs.js';
import { silentLogger } from './logger.js';
import { createMonitoringHandler } from './monitoring/app.js';
import { defineProcessor } from './processor/definition.js';
import { defineQueue } from './queue/definition.js';

it('takes REDIS_URL without a connection', async () => {
  const environment = { REDIS_URL: inject('redisUrl') };
  const jobs = createJobs({ connection: undefined, queues: [], logger: silentLogger, environment });
  onTestFinished(() => jobs.close());
  expect(await jobs.health()).toMatchObject({ engine: 'redis', reachable: true });
});

const queue = defineQueue({ name: 'mails', schema: z.object({}) });
const processor = defineProcessor({ queue, process: () => undefined });

describe.each([
  ...['production', 'prod', 'staging', 'Development'].map((name) => ({
    without: `a connection and a REDIS_URL in ${name}`,
    connection: undefined,
    environment: { NODE_ENV: name, REDIS_URL: ' ' },
    problem: `REDIS_URL: set it, or give createJobs({ connection }): in ${name} no store is chosen by itself`,
  })),
  // Another store than the one that was meant would be worse than none.
  ...['', '  ', { url: '' }, { url: ' ', acknowledge: { replicas: 1 } }].map((connection) => ({
    without: `an address in the connection ${JSON.stringify(connection)}`,
    connection,
    environment: { REDIS_URL: 'memory:' },
    problem: 'connection: is empty: give it an address, or leave it out for `REDIS_URL`',
  })),
])('without $without', ({ connection, environment, problem }) => {
  const create = () => {
    const options = { connection, queues: [queue], processors: [processor], logger: silentLogger, environment };
    const jobs = createJobs(options);
    onTestFinished(() => jobs.close());
    return jobs;
  };

  // As a build does, which loads modules where nothing is set.
  it('makes jobs and mounts their API', () => {
    expect(createMonitoringHandler(create(), { authorize: () => null })).toBeTypeOf('function');
  });

  it.each<[string, (jobs: ReturnType<typeof create>) => Promise<unknown>]>([
    ['a job is added', (jobs) => jobs.queue(queue).add({})],
    ['a queue is counted', (jobs) => jobs.queue(queue).counts()],
    ['a schedule is listed', (jobs) => jobs.scheduler.list()],
    ['a worker is started', (jobs) => jobs.startWorker({ handleSignals: false })],
  ])('says what to set when %s', async (_use, use) => {
    const refused = await use(create()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect(refused).toHaveProperty('message', expect.stringContaining(problem));
  });

  it('says it in health() too, which probes ask', async () => {
    const jobs = create();
    expect(await jobs.health()).toMatchObject({
      engine: 'none',
      reachable: false,
      error: expect.stringContaining(problem),
    });
    const handler = createMonitoringHandler(jobs, { authorize: () => null });
    const status = async (path: string) => (await handler(new Request(`http://localhost/api/jobs${path}`))).status;
    expect([await status('/health/live'), await status('/health/ready')]).toEqual([200, 503]);
  });
});
