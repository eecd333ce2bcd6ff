import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import type { OrderRecord } from '@bizinsights/jobs-platforms';
import {
  type ReportStorage,
  reportFilesCleanUp,
  reportsProcessor,
  reportsQueue,
  requestReport,
  scheduleReport,
  settleReports,
} from '@bizinsights/jobs-reports';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const clock = { now: NOW };
const now = () => clock.now;

const STORES = {
  PostgreSQL: () => openOnPostgres(inject('postgresUrl'), { now }),
  embedded: () => openOnEmbedded({ now }),
};

const request = {
  organizationId: 'acme',
  template: 'sales',
  format: 'csv',
  period: { from: '2026-11-01', to: '2026-11-10' },
} as const;

const order = (id: string, amount: number): OrderRecord => ({
  kind: 'order',
  id,
  updatedAt: 1,
  number: id,
  placedAt: Date.parse('2026-11-05T12:00:00Z'),
  payment: 'paid',
  total: { amount, currency: 'EUR' },
  refunded: { amount: 0, currency: 'EUR' },
  items: [{ productId: 'p1', title: 'Mug', quantity: 1, price: { amount, currency: 'EUR' } }],
});

function openStorage() {
  const files = new Map<string, Buffer>();
  const storage: ReportStorage = {
    async write(key, fill) {
      const { PassThrough } = await import('node:stream');
      const { buffer } = await import('node:stream/consumers');
      const stream = new PassThrough();
      const [file] = await Promise.all([buffer(stream), fill(stream)]);
      files.set(key, file);
      return file.length;
    },
    read: async (key) => {
      const file = files.get(key);
      return (
        file &&
        (async function* () {
          yield file;
        })()
      );
    },
    remove: async (key) => void files.delete(key),
    downloadUrl: () => '/download',
    verify: () => ({ kind: 'forged' }),
  };
  return { files, storage };
}

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  beforeAll(async () => {
    opened = await open();
    await opened.store.integrations.connect({
      id: 'shop',
      organizationId: 'acme',
      platform: 'shopify',
      account: 'shop',
      credentials: {},
    });
  }, 180_000);
  afterAll(() => opened.close());

  const write = async (...records: OrderRecord[]) => {
    const page = { integrationId: 'shop', stream: 'orders', rejected: [], deleted: [], cursor: {} };
    await opened.store.records.write({ ...page, records });
  };

  test('ten equal requests at once give one report and one job, whose file has the figures', async () => {
    clock.now = NOW;
    const { reports, reportData } = opened.store;
    await write(order('1', 11_900));
    const { files, storage } = openStorage();
    const processors = [reportsProcessor({ reports, data: reportData, storage, now })];
    const jobs = createTestJobs({ queues: [reportsQueue, emailQueue], processors, now: NOW });
    const asked = await Promise.all(Array.from({ length: 10 }, () => requestReport(jobs, reports, request)));
    const ids = new Set(asked.map(({ id }) => id));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    expect(jobs.enqueued(reportsQueue)).toHaveLength(1);
    expect(await reports.get('acme', id)).toMatchObject({ status: 'pending', progress: 0, period: request.period });

    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    expect(await reports.get('acme', id)).toMatchObject({ status: 'ready', progress: 100, readyAt: NOW });
    expect(await reports.get('globex', id)).toBeUndefined();
    // As an address with %00 has it.
    expect(await reports.get('acme', '\0')).toBeUndefined();
    const [file] = files.values();
    expect(file?.toString()).toMatch(/^Revenue,119\.00,,,EUR/m);
    expect(file?.toString()).toMatch(/^Mug,1,1,119\.00,1/m);

    // While the figures are the same, and for an hour.
    expect(await requestReport(jobs, reports, request)).toEqual({ id });
    await write(order('2', 5_000));
    const { id: changed } = await requestReport(jobs, reports, request);
    expect(changed).not.toBe(id);
    await jobs.drain();
    clock.now += 3_600_001;
    const { id: later } = await requestReport(jobs, reports, request);
    expect(later).not.toBe(changed);
    await jobs.close();
  });

  test('a report knows its job, and ends when that is gone', async () => {
    const { reports } = opened.store;
    const asked = { ...request, period: { from: '2026-08-01', to: '2026-08-02' } };
    const { id } = await reports.request(asked, 'its own job');
    expect(await reports.find(id)).toMatchObject({ jobId: 'its own job' });
    expect(await reports.begin(id, 'another job')).toBe(true);
    expect(await reports.find(id)).toMatchObject({ jobId: 'another job' });
    const unfinished = async () => (await reports.unfinished(clock.now)).filter((one) => one.id === id);
    expect(await unfinished()).toEqual([]);
    clock.now += 1;
    const jobs = createTestJobs({ queues: [reportsQueue, emailQueue] });
    await jobs.queue(reportsQueue).add({ reportId: id }, { id: 'another job' });
    expect(await settleReports(jobs, reports, await unfinished())).toMatchObject([{ id, status: 'generating' }]);
    await jobs.queue(reportsQueue).empty();
    const error = 'Its job was removed before the report was made';
    expect(await settleReports(jobs, reports, await unfinished())).toMatchObject([{ id, status: 'failed', error }]);
    expect(await reports.get('acme', id)).toMatchObject({ status: 'failed', error });
    await jobs.close();
  });

  test('requests that differ in anything have reports of their own', async () => {
    const { reports } = opened.store;
    const others = [
      { ...request, format: 'pdf' as const },
      { ...request, locale: 'de' },
      { ...request, timeZone: 'UTC' },
      { ...request, recipients: ['ann@example.com'] },
      { ...request, organizationId: 'globex' },
      { ...request, period: { ...request.period, to: '2026-11-11' } },
    ];
    const ids = await Promise.all(others.map(async (other) => (await reports.request(other)).id));
    expect(new Set(ids).size).toBe(others.length);
    const { id } = await reports.request({ ...request, recipients: ['ANN@example.com'] });
    expect(ids).toContain(id);
  });

  test('reports are listed by pages, and cancelled by their organization alone', async () => {
    const { reports } = opened.store;
    const first = await reports.list('acme', { limit: 3 });
    const second = await reports.list('acme', { limit: 100, ...(first.cursor ? { cursor: first.cursor } : {}) });
    const listed = [...first.reports, ...second.reports].map(({ id }) => id);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.length).toBeGreaterThan(6);

    const pending = [...first.reports, ...second.reports].find(({ status }) => status === 'pending');
    const id = pending?.id ?? '';
    await expect(reports.cancel('globex', id)).rejects.toThrow('There is no report');
    expect(await reports.cancel('acme', id)).toBe(true);
    expect(await reports.begin(id)).toBe(false);
  });

  test('90 days after it was made a report is expired, and the clean-up of report files removes its file alone', async () => {
    const { reports, reportData } = opened.store;
    const { files, storage } = openStorage();
    const processors = [reportsProcessor({ reports, data: reportData, storage, now })];
    const jobs = createTestJobs({ queues: [reportsQueue, emailQueue], processors, now: clock.now });
    const madeAt = clock.now;
    const { id } = await requestReport(jobs, reports, { ...request, locale: 'en-IE' });
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    const { key = '' } = (await reports.find(id)) ?? {};
    const ninetyDays = 90 * 86_400_000;
    const { signal } = new AbortController();
    const cleanUp = (at: number) =>
      reportFilesCleanUp({ reports, storage }).run({ signal, logger: jobs.logger, now: at });

    // The tasks of the store leave reports and their files alone.
    clock.now = madeAt + 10 * ninetyDays;
    for (const task of opened.store.cleanUpTasks()) await task.run({ signal, logger: jobs.logger, now: clock.now });
    clock.now = madeAt;
    await cleanUp(madeAt + ninetyDays - 1);
    expect([await reports.get('acme', id), files.has(key)]).toMatchObject([{ status: 'ready' }, true]);
    await cleanUp(madeAt + ninetyDays);
    expect([await reports.get('acme', id), files.has(key)]).toMatchObject([{ status: 'expired' }, false]);
    expect(await reports.expiredFiles()).toEqual([]);
    expect(await cleanUp(madeAt + ninetyDays)).toBe(0);
    await jobs.close();
  });

  test('choices are kept, replaced, and removed by their organization alone', async () => {
    const { reports } = opened.store;
    const choice = {
      organizationId: 'acme',
      template: 'sales',
      format: 'pdf' as const,
      frequency: 'daily' as const,
      time: '08:00',
      timeZone: 'Europe/Berlin',
      recipients: ['ann@example.com'],
    };
    const { id } = await scheduleReport(reports, choice);
    await scheduleReport(reports, { ...choice, id, time: '09:00' });
    expect(await reports.listSchedules('acme')).toEqual([{ ...choice, id, time: '09:00' }]);
    await expect(scheduleReport(reports, { ...choice, organizationId: 'nobody' })).rejects.toThrow('no organization');
    expect(await reports.removeSchedule('globex', id)).toBe(false);
    expect(await reports.removeSchedule('acme', id)).toBe(true);
    for await (const left of reports.schedules()) expect(left).toBeUndefined();
  });
});
