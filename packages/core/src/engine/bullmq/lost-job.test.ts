/** `waitFor` of a job that the store has lost: no removal was reported, so none is told. */
import { createDatabase } from '@bizinsights/test-servers';
import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, inject, it, type TestContext } from 'vitest';
import { z } from 'zod';
import { JobNotFoundError } from '../../errors.js';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineQueue } from '../../queue/definition.js';
import { uniqueName } from '../../testing/behaviour/test-bed.js';

const queue = defineQueue({ name: uniqueName('lost'), schema: z.object({}) });

/** Opens a store, and answers how it loses all of its jobs. */
const STORES = {
  Redis: async ({ onTestFinished }: TestContext) => {
    const url = inject('redisUrl');
    const client = new Redis(url);
    onTestFinished(() => client.disconnect());
    const lose = async (id: string) => {
      const key = `bull:${queue.name}:`;
      await client
        .multi()
        .del(key + id)
        .del(`${key}wait`)
        .exec();
    };
    return { url, lose };
  },
  PostgreSQL: async ({ onTestFinished }: TestContext) => {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    onTestFinished(drop);
    const lose = async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('DELETE FROM bullmq.job').finally(() => client.end());
    };
    return { url, lose };
  },
};

it.for(['Redis', 'PostgreSQL'] as const)('rejects with JobNotFoundError, on %s', async (store, context) => {
  const { url, lose } = await STORES[store](context);
  const jobs = createJobs({ connection: url, queues: [queue], logger: silentLogger, environment: {} });
  context.onTestFinished(() => jobs.close());
  const handle = jobs.queue(queue);
  const { id } = await handle.add({});
  const waiting = expect(handle.waitFor(id)).rejects.toThrow(JobNotFoundError);
  await lose(id);
  await waiting;
});
