/** Insights and alerts of two organizations at once, on one store, by ten workers: each has its own, and nobody else's. */
import { randomUUID } from 'node:crypto';
import { alertsProcessor, alertsQueue } from '@bizinsights/jobs-alerts';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { insightsProcessor, insightsQueue } from '@bizinsights/jobs-insights';
import type { OrderRecord } from '@bizinsights/jobs-platforms';
import { afterEach, expect, inject, test } from 'vitest';
import { openOnPostgres } from './fixtures/open-store.js';

const HANGS = 180_000;
const DAY = 86_400_000;
const NOW = Date.parse('2026-11-24T12:00:00Z');
const WORKERS = 10;
const queues = [insightsQueue, alertsQueue, emailQueue] as const;

/** Two ids that look the same: an é of one character, and one of two. */
const COMPOSED = 'caf\u00e9 ☕ 100% "x"';
const DECOMPOSED = COMPOSED.normalize('NFD');
const IDS = [COMPOSED, DECOMPOSED] as const;

const SAME = {
  type: 'metric',
  severity: 'CRITICAL',
  title: 'é 🥐',
  message: '',
  source: 'ø',
  fingerprint: 'the same',
} as const;

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** One order a day; since 30 days for less, or for more. */
const order = (age: number, since: number): OrderRecord => ({
  kind: 'order',
  id: `${age}`,
  updatedAt: 1,
  number: `${age}`,
  placedAt: NOW - age * DAY,
  payment: 'paid',
  total: { amount: (age <= 30 ? since : 10_000) * (age % 2 === 0 ? 1.2 : 0.8), currency: 'EUR' },
  refunded: { amount: 0, currency: 'EUR' },
  items: [],
});

test(
  'ten workers make the insights of each organization once, and mail each alert to its own people once',
  async () => {
    const { store, close } = await openOnPostgres(inject('postgresUrl'), { now: () => NOW });
    cleanUp.push(close);
    for (const [index, id] of IDS.entries()) {
      await store.organizations.upsert({
        id,
        name: `${id} 🥐`,
        timeZone: 'Europe/Paris',
        currency: 'EUR',
        locale: 'fr',
      });
      await store.organizations.upsertMember({
        organizationId: id,
        id: 'ann',
        email: `ann@${index}.example.com`,
        role: 'owner',
      });
      // A person of both.
      await store.organizations.upsertMember({
        organizationId: id,
        id: 'zoë',
        email: 'zoe@example.com',
        role: 'admin',
      });
      const shop = { organizationId: id, platform: 'shopify', account: 'the same.example', credentials: {} };
      const { id: integrationId } = await store.integrations.connect(shop);
      const read = { kind: 'order', asOf: NOW, isContinued: false } as const;
      // So many that no round sum is reached within the last 30 days.
      const records = Array.from({ length: 135 }, (_, age) => order(age, index === 0 ? 5_000 : 17_000));
      await store.records.write({
        integrationId,
        stream: 'orders',
        rejected: [],
        deleted: [],
        cursor: {},
        records,
        read,
      });
    }
    const prefix = `organizations-${randomUUID()}`;
    const all = Array.from({ length: WORKERS }, () => {
      const jobs = createJobs({
        connection: inject('redisUrl'),
        prefix,
        queues,
        logger: silentLogger,
        environment: {},
      });
      cleanUp.push(() => jobs.close());
      const { metrics, insights, alerts, organizations: members } = store;
      jobs.registerProcessor(insightsProcessor({ metrics, insights, now: () => NOW }), { concurrency: 2 });
      jobs.registerProcessor(alertsProcessor({ alerts, members }));
      return jobs;
    });
    await Promise.all(all.map((jobs) => jobs.startWorker({ handleSignals: false })));
    const [jobs] = all;
    if (!jobs) throw new Error('There are no jobs');

    // Each insight is asked for ten times at once for each organization, and reported beside by hand.
    const asked = await Promise.all(
      IDS.map(async (organizationId) => ({
        organizationId,
        insights: await jobs.queue(insightsQueue).addMany(
          Array.from({ length: 10 }, () => ({
            data: { organizationId, period: '30d' as const, metrics: ['revenue'] },
          })),
        ),
        alerts: await jobs
          .queue(alertsQueue)
          .addMany(Array.from({ length: 10 }, () => ({ data: { organizationId, ...SAME } }))),
      })),
    );
    for (const { organizationId, insights, alerts } of asked) {
      const made = await Promise.all(
        insights.map(({ id }) => jobs.queue(insightsQueue).waitFor(id, { timeout: HANGS })),
      );
      expect(made.filter((result) => 'created' in result)).toEqual([{ created: 1, unchanged: 0, alerts: 1 }]);
      const raised = await Promise.all(alerts.map(({ id }) => jobs.queue(alertsQueue).waitFor(id, { timeout: HANGS })));
      expect(raised.map(({ outcome }) => outcome).sort()).toEqual(['created', ...Array(9).fill('repeated')]);
      const [insight, ...others] = (await store.insights.list(organizationId)).insights;
      expect(others).toEqual([]);
      const direction = organizationId === COMPOSED ? 'down' : 'up';
      expect(insight?.evidence.direction).toBe(direction);
      await jobs.queue(alertsQueue).waitFor(`insight-${insight?.id}`, { timeout: HANGS });
      const listed = (await store.alerts.list(organizationId)).alerts.map(({ title, occurrences, labels }) => [
        ...[title, occurrences, labels.direction],
      ]);
      expect(listed).toHaveLength(2);
      expect(listed).toEqual(
        expect.arrayContaining([
          ['é 🥐', 10, undefined],
          [insight?.title, 1, direction],
        ]),
      );
    }
    const mails = (await jobs.queue(emailQueue).list({ state: 'waiting' })).jobs.map(({ data }) => [
      data.to,
      data.organizationId,
    ]);
    const wanted = IDS.flatMap((id, index) => [
      [`ann@${index}.example.com`, id],
      ['zoe@example.com', id],
    ]);
    expect(mails.sort()).toEqual([...wanted, ...wanted].sort());

    // What is one organization's is not there for the other.
    const [alert] = (await store.alerts.list(COMPOSED)).alerts;
    await expect(store.alerts.resolve(DECOMPOSED, alert?.id ?? '', { by: 'ann' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  },
  HANGS,
);

test('an organization whose id cannot be one has nothing', async () => {
  const { store, close } = await openOnPostgres(inject('postgresUrl'));
  cleanUp.push(close);
  const { metrics, insights, reports } = store;
  for (const id of ['a\u0000b', '\ud800', 'x'.repeat(255)]) {
    expect(await metrics.calendar(id)).toBeUndefined();
    await expect(metrics.refresh(id)).rejects.toThrow('There is no organization');
    expect(await metrics.daily(id, { from: '2026-11-01', to: '2026-11-02' })).toEqual([]);
    expect(await insights.list(id)).toEqual({ insights: [] });
    expect(await reports.list(id)).toEqual({ reports: [] });
    expect(await reports.get(id, id)).toBeUndefined();
    expect(await reports.find(id)).toBeUndefined();
    const odd = { filters: { [id]: id }, period: { from: '2026-11-01', to: '2026-11-02' } };
    const { id: reportId } = await reports.request({ organizationId: id, template: id, format: 'csv', ...odd });
    expect(await reports.get(id, reportId)).toMatchObject({ status: 'pending' });
  }
});
