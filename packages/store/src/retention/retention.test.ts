import { cleanUpProcessor, cleanUpQueue, silentLogger } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import type { StoreOptions } from '../store.js';

const STORES = {
  PostgreSQL: (options: Partial<StoreOptions>) => openOnPostgres(inject('postgresUrl'), options),
  embedded: (options: Partial<StoreOptions>) => openOnEmbedded(options),
} as const;

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

let opened: OpenStore | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

describe.each(Object.entries(STORES))('the retention on %s', { timeout: 180_000 }, (_name, open) => {
  let now = START;

  /** One alert that is resolved and one that is open, and one record that was kept aside. */
  async function openFilled() {
    now = START;
    opened = await open({ now: () => now });
    const { alerts, integrations, records } = opened.store;
    const raise = async (fingerprint: string) => {
      const whose = { id: fingerprint, organizationId: 'acme', fingerprint, severity: 'HIGH' } as const;
      const texts = { type: 'metric', source: 'test', title: 'A title', message: '', labels: {} };
      return (await alerts.raise({ ...whose, ...texts })).alert;
    };
    await raise('open');
    const { id } = await raise('resolved');
    await alerts.resolve('acme', id, { by: 'ann' });
    const account = { account: 'acct_1', credentials: { secretKey: 'sk_test_1' } };
    const integration = await integrations.connect({ organizationId: 'acme', platform: 'stripe', ...account });
    await records.write({
      integrationId: integration.id,
      stream: 'charges',
      records: [],
      deleted: [],
      rejected: [{ kind: 'charge', id: 'ch_1', reason: 'has no amount', raw: {} }],
      cursor: {},
    });
    const left = async () => ({
      alerts: (await alerts.list('acme')).alerts.map(({ status }) => status),
      rejected: (await records.rejected(integration.id)).length,
    });
    return { store: opened.store, left };
  }

  it('keeps rejected records for 30 days and resolved alerts for 365, and open alerts for ever', async () => {
    const { store, left } = await openFilled();
    const jobs = createTestJobs({ queues: [cleanUpQueue] });
    jobs.registerProcessor(cleanUpProcessor(jobs, { tasks: store.cleanUpTasks() }));
    const cleanUp = async () => {
      const { id } = await jobs.queue(cleanUpQueue).add({});
      await jobs.drain();
      return (await jobs.queue(cleanUpQueue).waitFor(id)).tasks;
    };
    const nothing = { insights: 0, alerts: 0, 'rejected records': 0 };

    now = START + 30 * DAY;
    expect(await cleanUp()).toEqual(nothing);
    now += 1;
    expect(await cleanUp()).toEqual({ ...nothing, 'rejected records': 1 });
    expect(await left()).toEqual({ alerts: expect.arrayContaining(['open', 'resolved']), rejected: 0 });
    now = START + 365 * DAY + 1;
    expect(await cleanUp()).toEqual({ ...nothing, alerts: 1 });
    expect(await left()).toEqual({ alerts: ['open'], rejected: 0 });
    await jobs.close();
  });

  it('goes by what is said, and refuses what is no retention', async () => {
    const { store } = await openFilled();
    const tasks = store.cleanUpTasks({ alerts: Number.POSITIVE_INFINITY, rejectedRecords: 1 });
    expect(tasks.map(({ name }) => name)).toEqual(['insights', 'rejected records']);
    expect(() => store.cleanUpTasks({ insights: 0 })).toThrow(
      'The retention of insights must be at least 1 day, not 0',
    );
    expect(() => store.cleanUpTasks({ insights: Number.NaN })).toThrow('at least 1 day, not NaN');
    expect(() => store.cleanUpTasks(JSON.parse('{ "alert": 3 }'))).toThrow('There is no retention of "alert"');
  });
});

it('removes what is old on the embedded store five hundred rows at a time', { timeout: 180_000 }, async () => {
  opened = await openOnEmbedded({ now: () => START + 40 * DAY });
  const { pool, store } = opened;
  await pool.query(
    `INSERT INTO bizinsights.rejected_records (integration_id, kind, id, stream, reason, raw, rejected_at)
     SELECT 'shop', 'order', n, 'orders', 'wrong', '{}', $1::bigint + (n / 1200) * 30 * 86400000::bigint
     FROM generate_series(1, 1300) AS n`,
    [START],
  );
  const query = vi.spyOn(pool, 'query');
  const task = store.cleanUpTasks().find(({ name }) => name === 'rejected records');
  const signal = new AbortController().signal;
  expect(await task?.run({ signal, logger: silentLogger, now: START })).toBe(1_199);
  expect(query).toHaveBeenCalledTimes(3);
  query.mockRestore();
  expect((await pool.query('SELECT count(*)::int AS count FROM bizinsights.rejected_records')).rows).toEqual([
    { count: 101 },
  ]);
});
