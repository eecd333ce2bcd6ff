/** A sync whose worker is killed again and again: it goes on at the last page, and the rows are those of one that was not. */
import { once } from 'node:events';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { startRedis } from '@bizinsights/test-servers';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { PAGE_SIZE, startCounterServer } from './fixtures/counter-platform.js';
import { openOnPostgres } from './fixtures/open-store.js';
import { spawnWorker } from './fixtures/spawn-worker.js';

/** Some deaths prove it, and `npm run soak` has more of them. */
const [PAGES, DEATHS] = process.env.SOAK === 'long' ? [2_000, 16] : [300, 4];
const TOTAL = PAGES * PAGE_SIZE - 7;

/** Only so that a test that hangs ends: what is waited for comes later on a slow machine. ms */
const HANGS = 600_000;

const SYNC_WORKER = new URL('fixtures/sync-worker.ts', import.meta.url);

const cleanUp: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

test(
  `a sync of ${PAGES} pages that is killed ${DEATHS} times repeats a page a death, and ends with the same rows`,
  async () => {
    const redis = await startRedis();
    cleanUp.push(() => redis.stop());
    const { store, pool, url, close } = await openOnPostgres(inject('postgresUrl'));
    cleanUp.push(close);
    const server = await startCounterServer(TOTAL);
    cleanUp.push(() => server.close());
    const jobs = createJobs({ connection: redis.url, queues: [dataSyncQueue], logger: silentLogger, environment: {} });
    cleanUp.push(() => jobs.close());
    const connection = { organizationId: 'acme', platform: 'counter', credentials: { url: server.url } };
    const { id: integrationId } = await store.integrations.connect(connection);
    const { id } = await jobs.queue(dataSyncQueue).add({ integrationId });

    const startWorker = () => {
      const started = spawnWorker(SYNC_WORKER, { redis: redis.url, database: url ?? '' });
      cleanUp.push(() => started.kill('SIGKILL'));
      return started;
    };
    let worker = startWorker();
    for (let death = 1; death <= DEATHS; death++) {
      const before = server.asked.length;
      // At another point of the work each time.
      const wanted = before + 20 + death * 3;
      await vi.waitFor(() => expect(server.asked.length).toBeGreaterThan(wanted), { timeout: HANGS, interval: 1 });
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      worker = startWorker();
    }
    const result = await jobs.queue(dataSyncQueue).waitFor(id, { timeout: HANGS });
    expect(result.streams).toEqual({ customers: { pages: PAGES, records: TOTAL, rejected: 0, deleted: 0 } });
    expect(await jobs.queue(dataSyncQueue).get(id)).toMatchObject({ attemptsMade: 1 });
    worker.kill('SIGTERM');
    await once(worker, 'exit');

    const { rows } = await pool.query(
      `SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids, min(id::int) AS first, max(id::int) AS last,
       count(*) FILTER (WHERE data->>'name' = 'Customer ' || id)::int AS right
     FROM bizinsights.records WHERE integration_id = $1`,
      [integrationId],
    );
    expect(rows).toEqual([{ rows: TOTAL, ids: TOTAL, first: 1, last: TOTAL, right: TOTAL }]);
    expect(server.asked.length).toBeLessThanOrEqual(PAGES + DEATHS);
    expect(server.asked.length).toBeGreaterThan(PAGES);
    // Never back by more than a page.
    const steps = server.asked.map((after, index) => after - (server.asked[index - 1] ?? after));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    expect((await store.integrations.find(integrationId))?.status).toBe('active');
  },
  HANGS,
);
