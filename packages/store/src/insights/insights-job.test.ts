/** The insights processor on the store: from orders to an alert, and what a crash and a second run change. */

import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { type InsightsJobInput, insightSchedules, insightsProcessor, insightsQueue } from '@bizinsights/jobs-insights';
import type { OrderRecord } from '@bizinsights/jobs-platforms';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';

const DAY = 24 * 3_600_000;
const NOW = Date.parse('2026-11-24T12:00:00Z');
const MONTH: InsightsJobInput = { organizationId: 'acme', period: '30d', metrics: ['revenue'] };

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** One order a day, of 85 % less on 2026-11-17. */
const order = (age: number): OrderRecord => ({
  kind: 'order',
  id: `${age}`,
  updatedAt: 1,
  number: `${age}`,
  placedAt: NOW - age * DAY,
  payment: 'paid',
  total: { amount: age === 7 ? 1_500 : 10_000 * (age % 2 === 0 ? 1.05 : 0.95), currency: 'EUR' },
  refunded: { amount: 0, currency: 'EUR' },
  items: [],
});

const STORES = {
  PostgreSQL: () => openOnPostgres(inject('postgresUrl'), { now: () => NOW }),
  embedded: () => openOnEmbedded({ now: () => NOW }),
};

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  async function opened() {
    const { store, close } = await open();
    cleanUp.push(close);
    const shop = { organizationId: 'acme', platform: 'shopify', account: 'a', credentials: {} };
    const { id: integrationId } = await store.integrations.connect(shop);
    const page = { integrationId, stream: 'orders', rejected: [], deleted: [], cursor: {} };
    const read = { kind: 'order', asOf: NOW, isContinued: false } as const;
    // Too few for a round sum within the period, which would be a milestone.
    const records = Array.from({ length: 99 }, (_, age) => order(age));
    await store.records.write({ ...page, records, read });
    const jobs = createTestJobs({ queues: [insightsQueue, alertsQueue], now: NOW });
    const { metrics, insights, organizations } = store;
    const schedules = () => insightSchedules({ organizations });
    jobs.registerProcessor(insightsProcessor({ metrics, insights, schedules, now: jobs.clock.now }));
    cleanUp.push(() => jobs.close());
    return { store, jobs };
  }

  test('a fall of revenue becomes one insight and one alert, whatever is lost and run again', async () => {
    const { store, jobs } = await opened();
    const queue = jobs.queue(insightsQueue);
    const { id } = await queue.add(MONTH);
    await jobs.runAndLose(insightsQueue);
    await jobs.drain();
    expect((await queue.get(id))?.result).toEqual({ created: 1, unchanged: 0, alerts: 1 });
    const { insights } = await store.insights.list('acme');
    expect(insights).toMatchObject([
      {
        kind: 'drop',
        metric: 'revenue',
        impact: 'high',
        period: '30d',
        createdAt: NOW,
        evidence: {
          ...{ unit: 'minor-units', currency: 'EUR', value: 1_500, direction: 'down' },
          window: { from: '2026-11-17', to: '2026-11-17' },
        },
      },
    ]);
    expect(jobs.enqueued(alertsQueue)).toMatchObject([{ data: { organizationId: 'acme', severity: 'HIGH' } }]);

    const [recent, forced] = [await queue.add(MONTH), await queue.add({ ...MONTH, force: true })];
    await jobs.drain();
    expect((await queue.get(recent.id))?.result).toEqual({ skipped: 'recent' });
    expect((await queue.get(forced.id))?.result).toEqual({ created: 0, unchanged: 1, alerts: 0 });
    expect(jobs.enqueued(alertsQueue)).toHaveLength(1);
    expect(jobs.enqueued(alertsQueue)[0]?.id).toBe(`insight-${insights[0]?.id}`);
  });

  test('thumbs down lower the rank of their kind in the next run, and a mute leaves it out', async () => {
    const importanceOf = async ({ store, jobs }: Awaited<ReturnType<typeof opened>>) => {
      await jobs.queue(insightsQueue).add({ ...MONTH, force: true });
      await jobs.drain();
      const { insights } = await store.insights.list('acme', { kind: 'drop' });
      return insights.find(({ evidence }) => evidence.window.from === '2026-11-17');
    };
    const plain = await importanceOf(await opened());
    if (!plain) expect.fail('The drop is not told');
    const disliked = await opened();
    const { createdAt, id: _id, period, ...earlier } = plain;
    const window = { from: '2026-10-06', to: '2026-10-06' };
    const told = {
      ...earlier,
      fingerprint: 'earlier',
      topic: 'drop:revenue:2026-10-06',
      evidence: { ...plain.evidence, window },
    };
    const run = { organizationId: 'acme', period, jobId: 'earlier', begunAt: createdAt - 40 * DAY } as const;
    await disliked.store.insights.save(run, [told]);
    const [before] = (await disliked.store.insights.list('acme')).insights;
    for (let person = 0; person < 10; person++) {
      await disliked.store.insights.vote('acme', before?.id ?? '', { by: `person ${person}`, vote: 'down' });
    }
    // Five thumbs up that each kind begins with, against ten down.
    expect((await importanceOf(disliked))?.importance).toBeCloseTo(plain.importance / 3, 6);
    const muted = await opened();
    await muted.store.insights.mute('acme', { kind: 'drop', by: 'ann' });
    expect(await importanceOf(muted)).toBeUndefined();
    expect(muted.jobs.enqueued(alertsQueue)).toEqual([]);
  });

  test('of ten workers that start ten jobs at once one makes insights', async () => {
    const { store, jobs } = await opened();
    const { metrics, insights } = store;
    // Each with jobs of its own: they share nothing but the store.
    const workers = Array.from({ length: 10 }, () => {
      const worker = createTestJobs({ queues: [insightsQueue, alertsQueue], now: NOW });
      worker.registerProcessor(insightsProcessor({ metrics, insights, now: worker.clock.now }));
      cleanUp.push(() => worker.close());
      return worker;
    });
    const added = await Promise.all(workers.map((worker) => worker.queue(insightsQueue).add(MONTH)));
    await Promise.all(workers.map((worker) => worker.drain()));
    const results = await Promise.all(
      workers.map(async (worker, index) => (await worker.queue(insightsQueue).get(added[index]?.id ?? ''))?.result),
    );
    expect(results.filter((result) => result && 'created' in result)).toHaveLength(1);
    expect(results.filter((result) => result && 'skipped' in result)).toHaveLength(9);
    expect((await store.insights.list('acme')).insights).toHaveLength(1);
    expect(jobs.enqueued(alertsQueue)).toHaveLength(0);
  });

  test('hostile names and two currencies of records make insights that can be kept and read', async () => {
    const { store, jobs } = await opened();
    const shop = { organizationId: 'acme', platform: 'woocommerce', account: 'b', credentials: {} };
    const { id: integrationId } = await store.integrations.connect(shop);
    const page = { integrationId, stream: 'orders', rejected: [], deleted: [], cursor: {} };
    const name = `<img src=x onerror=alert(1)>\u202e\u0000\ud800${'x'.repeat(10_000)}`;
    const records = Array.from({ length: 240 }, (_, index): OrderRecord => {
      const age = Math.floor(index / 2);
      // What sells well every day, and sells nothing for a week.
      const amount = age >= 5 && age <= 11 && index % 2 === 0 ? 1 : 50_000 + (age % 5) * 100;
      const total = { amount, currency: age % 40 === 39 ? 'USD' : 'EUR' };
      const items = [{ productId: `p${index % 2}`, title: index % 2 === 0 ? name : 'Tea', quantity: 1, price: total }];
      return { ...order(age), id: `w${index}`, total, refunded: { ...total, amount: 0 }, items };
    });
    await store.records.write({ ...page, records, read: { kind: 'order', asOf: NOW, isContinued: false } });
    const { id } = await jobs.queue(insightsQueue).add({ organizationId: 'acme', period: '30d' });
    await jobs.drain();
    expect(await jobs.queue(insightsQueue).get(id)).toMatchObject({ state: 'completed', attemptsMade: 1 });
    const { insights } = await store.insights.list('acme');
    expect(insights.map(({ kind }) => kind)).toContain('drop');
    for (const { title, text } of insights) expect(`${title} ${text}`).not.toMatch(/NaN|undefined|\p{C}/u);
  });

  test('an unknown organization fails for good, and a known one has its schedule', async () => {
    const { jobs } = await opened();
    const { id } = await jobs.queue(insightsQueue).add({ organizationId: 'nobody', period: '7d' });
    await jobs.drain();
    expect(await jobs.queue(insightsQueue).get(id)).toMatchObject({
      state: 'failed',
      attemptsMade: 1,
      failedReason: 'There is no organization "nobody"',
    });
    const { schedules } = await jobs.scheduler.list({ queue: insightsQueue });
    expect(schedules.map(({ key }) => key)).toEqual(['insights:acme']);
  });
});
