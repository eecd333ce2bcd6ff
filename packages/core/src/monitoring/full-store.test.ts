/** A store that takes no writes: what only reads is answered, what changes something is answered 503. */
import { startRedis } from '@bizinsights/test-servers';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineQueue } from '../queue/definition.js';
import { createMonitoringHandler } from './app.js';

const work = defineQueue({ name: 'work', schema: z.object({ n: z.number() }) });

it.for([
  ['without replicas', ['CONFIG', 'SET', 'min-replicas-to-write', '1']],
  ['a replica', ['REPLICAOF', '127.0.0.1', '1']],
] as const)('a Redis that is %s', async ([, words], { onTestFinished }) => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const jobs = createJobs({ connection: server.url, queues: [work], logger: silentLogger, environment: {} });
  onTestFinished(() => jobs.close());
  const { id } = await jobs.queue(work).add({ n: 1 }, { delay: 600_000 });
  const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'admin' }) });
  const base = 'http://localhost/api/jobs';
  await server.command(...words);
  expect((await handler(new Request(`${base}/monitoring`))).status).toBe(200);
  const headers = { origin: 'http://localhost', 'content-type': 'application/json' };
  const promoting = new Request(`${base}/work/jobs/${id}?action=promote`, { method: 'POST', headers, body: '{}' });
  const answer = await handler(promoting);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(await answer.json()).toMatchObject({ success: false, error: { code: 'ENGINE_UNAVAILABLE' } });
});
