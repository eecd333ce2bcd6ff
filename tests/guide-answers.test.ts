/**
 * The answers of the monitoring API that docs/BACKGROUND-JOBS-GUIDE.md shows: each block that follows
 * `<!-- answer METHOD path -->` is what a small run answers, to the letter.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineProcessor, PermanentError } from '@bizinsights/jobs-core';
import { createMonitoringHandler, type MonitoringHandler } from '@bizinsights/jobs-core/monitoring';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './publishable-packages.js';

const guide = readFileSync(join(root, 'docs', 'BACKGROUND-JOBS-GUIDE.md'), 'utf8');
const BLOCKS = /^<!-- answer (?<method>\S+) (?<path>\S+) -->\n```json\n(?<json>[\s\S]*?)^```$/gm;
const blocks = [...guide.matchAll(BLOCKS)].flatMap(({ groups }) => (groups ? [groups] : []));

/** What a route is asked with, where it takes something. */
const BODIES: Readonly<Record<string, object>> = { 'monitoring/retry': { queue: 'data-sync' } };

const syncs = defineProcessor({
  queue: dataSyncQueue,
  process({ data: { integrationId } }) {
    if (integrationId === 'int_2') throw new PermanentError('Shopify refuses the access token');
    return { streams: {} };
  },
});

const jobs = createTestJobs({ queues: [dataSyncQueue, emailQueue], now: '2026-11-02T03:00:00Z' });
let handler: MonitoringHandler;

beforeAll(async () => {
  const queue = jobs.queue(dataSyncQueue);
  const add = (account: number, more: { delay?: number } = {}) =>
    queue.add({ integrationId: `int_${account}`, organizationId: 'glaze' }, { id: `sync-${account}`, ...more });
  await add(1);
  await add(2);
  jobs.registerProcessor(syncs);
  await jobs.drain();
  await add(3);
  await add(4, { delay: 60_000 });
  handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'operator' }) });
});
afterAll(() => jobs.close());

test('the guide shows answers of several routes', () => {
  expect(blocks.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['monitoring', 'data-sync', 'monitoring/retry']),
  );
});

test.each(blocks)('$method $path answers what the guide shows', async ({ method = '', path = '', json = '' }) => {
  const body = BODIES[path];
  const headers = { 'content-type': 'application/json' };
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const answer = await handler(new Request(`http://localhost/api/jobs/${path}`, init));
  expect(JSON.parse(json)).toEqual(await answer.json());
});
