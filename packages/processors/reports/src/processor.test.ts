import { cleanUpProcessor, cleanUpQueue } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { expect, test } from 'vitest';
import { MemoryReports, sampleData } from './fixtures/memory-reports.js';
import { MemoryStorage } from './fixtures/memory-storage.js';
import type { ReportData } from './ports.js';
import { type ReportsProcessorOptions, reportsProcessor } from './processor.js';
import { reportsQueue } from './queue.js';
import { requestReport } from './request-report.js';
import { settleReports } from './settle-reports.js';
import { reportFilesCleanUp } from './storage/clean-up.js';

const request = {
  organizationId: 'acme',
  template: 'sales',
  format: 'csv',
  period: { from: '2026-10-01', to: '2026-10-31' },
} as const;

function open(options: Partial<ReportsProcessorOptions> = {}) {
  const reports = new MemoryReports();
  const storage = new MemoryStorage();
  const processor = reportsProcessor({ reports, storage, data: sampleData, ...options });
  const jobs = createTestJobs({ queues: [reportsQueue, emailQueue, cleanUpQueue], processors: [processor] });
  return { reports, storage, jobs };
}

test('a requested report is made, stored, and ready', async () => {
  const { reports, storage, jobs } = open();
  const { id } = await requestReport(jobs, reports, request);
  expect(await reports.get('acme', id)).toMatchObject({ status: 'pending', progress: 0 });
  await jobs.drain();
  const report = await reports.get('acme', id);
  expect(report).toMatchObject({
    status: 'ready',
    progress: 100,
    filename: 'Umsatzbericht - Acme - 2026-10-01_2026-10-31.csv',
  });
  const [file] = storage.files.values();
  expect(file?.length).toBe(report?.bytes);
  expect(file?.toString()).toContain('Umsatz');
  expect(await reports.get('globex', id)).toBeUndefined();
  await jobs.close();
});

test('each recipient gets one mail with the file, also when the job is done again', async () => {
  const { reports, jobs } = open();
  const recipients = ['ann@example.com', 'bob@example.com', 'ANN@example.com'];
  const { id } = await requestReport(jobs, reports, { ...request, recipients });
  await jobs.runAndLose(reportsQueue);
  await jobs.drain();
  const mails = jobs.enqueued(emailQueue);
  expect(mails.map(({ data }) => data.to).sort()).toEqual(['ANN@example.com', 'bob@example.com']);
  expect(jobs).toHaveEnqueued(emailQueue, {
    template: 'report-delivery',
    organizationId: 'acme',
    locale: 'de',
    timeZone: 'Europe/Berlin',
    variables: {
      reportName: 'Umsatzbericht',
      period: 'Oktober 2026',
      organizationName: 'Acme',
      reason:
        'Sie erhalten diese E-Mail, weil Ihre Adresse als Empfänger des Berichts „Umsatzbericht“ von Acme eingetragen ist.',
    },
  });
  const [mail] = mails;
  const attachments = mail && 'attachments' in mail.data ? mail.data.attachments : undefined;
  expect(attachments).toEqual([
    expect.objectContaining({ filename: expect.stringMatching(/\.csv$/), contentType: 'text/csv; charset=utf-8' }),
  ]);
  // Another job about the same report.
  await jobs.queue(reportsQueue).add({ reportId: id });
  await jobs.drain();
  expect(jobs.enqueued(emailQueue)).toHaveLength(2);
  await jobs.close();
});

test.each([
  ['en-GB', 'en', 'You get this mail because your address is a recipient of the report “Sales report” of Acme.'],
  ['de-AT', 'de', expect.stringMatching(/^Sie erhalten/)],
  ['fr', undefined, expect.stringMatching(/^You get/)],
])('a mail about a report in %s has the locale %s and the zone of the request', async (locale, mailed, reason) => {
  const { reports, jobs } = open();
  const wanted = { ...request, locale, timeZone: 'America/New_York', recipients: ['ann@example.com'] };
  await requestReport(jobs, reports, wanted);
  await jobs.drain();
  const [mail] = jobs.enqueued(emailQueue);
  expect(mail?.data).toMatchObject({ timeZone: 'America/New_York', variables: { reason } });
  expect(mail?.data.locale).toBe(mailed);
  await jobs.close();
});

test('a mail that fails is tried again alone: the report is not made a second time', async () => {
  const { reports, storage, jobs } = open();
  const mark = reports.markMailed.bind(reports);
  let failures = 1;
  reports.markMailed = async (id, recipient) => {
    if (recipient.startsWith('bob') && failures-- > 0) throw new Error('The database is away');
    await mark(id, recipient);
  };
  await requestReport(jobs, reports, { ...request, recipients: ['ann@example.com', 'bob@example.com'] });
  await jobs.drain({ withDelayed: true });
  expect(jobs.enqueued(emailQueue)).toHaveLength(2);
  expect(storage.writes).toHaveLength(1);
  await jobs.close();
});

test('a file that is too large to attach is sent as a link', async () => {
  const { reports, storage, jobs } = open({ attachmentBytes: 10 });
  storage.baseUrl = 'https://app.example.com/download';
  const { id } = await requestReport(jobs, reports, { ...request, recipients: ['ann@example.com'] });
  await jobs.drain();
  const [mail] = jobs.enqueued(emailQueue);
  expect(mail?.data).toMatchObject({
    variables: { downloadUrl: `https://app.example.com/download?report=${id}`, expiresAt: expect.stringMatching(/Z$/) },
  });
  expect(mail?.data).not.toHaveProperty('attachments');
  await jobs.close();
});

test.each([
  [{ template: 'stock' }, 'There is no report "stock"; there are: sales'],
  [{ organizationId: 'globex' }, 'There is no organization "globex"'],
  [{ filters: { country: 'DE' } }, 'The report "sales" has no filter "country"'],
])('a request with %o fails for good, and says why', async (wrong, reason) => {
  const { reports, jobs } = open();
  const { id } = await requestReport(jobs, reports, { ...request, ...wrong });
  const direct = await jobs.queue(reportsQueue).add({ ...request, ...wrong });
  expect(await jobs.drain({ withDelayed: true })).toMatchObject({ failed: 2, retried: 0 });
  expect(await reports.find(id)).toMatchObject({ status: 'failed', error: reason });
  expect((await jobs.queue(reportsQueue).get(direct.id))?.failedReason).toContain(reason);
  expect(reports.rows.size).toBe(1);
  await jobs.close();
});

test('what keeps failing ends as failed, without the words of the database, and leaves no file', async () => {
  const { reports, storage, jobs } = open({
    data: { ...sampleData, sales: () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7')) },
  });
  await jobs.queue(reportsQueue).add(request);
  await jobs.drain({ withDelayed: true });
  const [report] = reports.rows.values();
  expect(report).toMatchObject({ status: 'failed', error: 'It could not be made; the log of the worker says why' });
  expect(storage.files.size).toBe(0);
  await jobs.close();
});

test('a cancelled report is not made', async () => {
  const { reports, storage, jobs } = open();
  const { id } = await requestReport(jobs, reports, request);
  await reports.fail(id, 'cancelled', 'It was cancelled');
  await jobs.drain();
  expect(await reports.find(id)).toMatchObject({ status: 'cancelled' });
  expect(storage.files.size).toBe(0);
  await jobs.close();
});

test('a report that is cancelled while it is made leaves no file', async () => {
  const { reports, storage, jobs } = open();
  const write = storage.write.bind(storage);
  storage.write = async (key, fill) => {
    const bytes = await write(key, fill);
    await reports.fail('r1', 'cancelled', 'It was cancelled');
    return bytes;
  };
  await requestReport(jobs, reports, request);
  await jobs.drain();
  expect(await reports.find('r1')).toMatchObject({ status: 'cancelled' });
  expect(storage.files.size).toBe(0);
  await jobs.close();
});

test.each(['sales', 'write'] as const)(
  'cancelling the job during `%s` cancels the report, and leaves no file',
  async (during) => {
    const cancel = () => jobs.queue(reportsQueue).cancel(`report-${id}`, 'not needed');
    const sales: ReportData['sales'] = async (...given) => {
      if (during === 'write') return await sampleData.sales(...given);
      await cancel();
      // It does not hear of the cancellation.
      return await new Promise(() => undefined);
    };
    const { reports, storage, jobs } = open({ data: { ...sampleData, sales } });
    const write = storage.write.bind(storage);
    storage.write = async (key, fill) => {
      await cancel();
      return await write(key, fill);
    };
    const { id } = await requestReport(jobs, reports, { ...request, recipients: ['ann@example.com'] });
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ failed: 1, retried: 0 });
    expect(await reports.find(id)).toMatchObject({ status: 'cancelled', error: expect.stringContaining('not needed') });
    expect(storage.files.size).toBe(0);
    expect(jobs.enqueued(emailQueue)).toEqual([]);
    await jobs.close();
  },
);

test('a report whose job is removed while it waits ends as failed, and is made if a job comes for it later', async () => {
  const { reports, jobs } = open();
  const [waiting, removed] = [
    await requestReport(jobs, reports, request),
    await requestReport(jobs, reports, { ...request, format: 'xlsx' }),
  ];
  expect(await jobs.queue(reportsQueue).cancel(`report-${removed.id}`)).toBe('removed');
  const settled = await settleReports(jobs, reports, await reports.unfinished(1));
  const error = 'Its job was removed before the report was made';
  expect(settled).toMatchObject([
    { id: waiting.id, status: 'pending' },
    { id: removed.id, status: 'failed', error },
  ]);
  expect(await reports.find(removed.id)).toMatchObject({ status: 'failed', error });
  // One that was asked for just now may have no job yet.
  const { id: young } = await reports.request({ ...request, format: 'pdf' });
  const row = reports.rows.get(young);
  if (row) row.createdAt = Date.now();
  expect(await settleReports(jobs, reports, row ? [row] : [])).toMatchObject([{ status: 'pending' }]);
  await jobs.queue(reportsQueue).add({ reportId: removed.id });
  await jobs.drain();
  expect(await reports.find(removed.id)).toMatchObject({ status: 'ready' });
  await jobs.close();
});

test('a report that its job has asked for ends with it, and not before', async () => {
  let isAway = true;
  const sales: ReportData['sales'] = (...given) =>
    isAway ? Promise.reject(new Error('away')) : sampleData.sales(...given);
  const { reports, storage, jobs } = open({ data: { ...sampleData, sales } });
  jobs.registerProcessor(cleanUpProcessor(jobs, { tasks: [reportFilesCleanUp({ reports, storage })] }));
  const { id } = await jobs.queue(reportsQueue).add(request, { backoff: { type: 'fixed', delay: 60_000 } });
  await jobs.drain();
  expect(await jobs.queue(reportsQueue).get(id)).toMatchObject({ state: 'delayed' });
  const list = async () => await settleReports(jobs, reports, [...reports.rows.values()]);
  expect(await list()).toMatchObject([{ status: 'generating' }]);
  isAway = false;
  expect(await jobs.queue(reportsQueue).remove(id)).toBe(true);
  await jobs.queue(cleanUpQueue).add({});
  await jobs.drain();
  expect([...reports.rows.values()]).toMatchObject([{ status: 'failed', error: expect.stringContaining('removed') }]);
  await jobs.close();
});

test('a job of another organization gets nothing', async () => {
  const { reports, jobs } = open();
  const { id } = await requestReport(jobs, reports, request);
  await jobs.queue(reportsQueue).add({ organizationId: 'globex', reportId: id });
  await jobs.queue(reportsQueue).add({ reportId: 'unknown' });
  expect(await jobs.drain()).toMatchObject({ completed: 1, failed: 2 });
  await jobs.close();
});

test('a failed report is made again when its job is retried by hand', async () => {
  let isAway = true;
  const { reports, jobs } = open({
    data: {
      ...sampleData,
      sales: (...given) => (isAway ? Promise.reject(new Error('away')) : sampleData.sales(...given)),
    },
  });
  const { id } = await requestReport(jobs, reports, request);
  await jobs.drain({ withDelayed: true });
  expect(await reports.find(id)).toMatchObject({ status: 'failed' });
  isAway = false;
  await jobs.queue(reportsQueue).retry(`report-${id}`);
  await jobs.drain();
  expect(await reports.find(id)).toMatchObject({ status: 'ready' });
  await jobs.close();
});

test('a file is removed when its days are over', async () => {
  const { reports, storage, jobs } = open({ retentionDays: 1, now: () => 1_000 });
  const { id } = await requestReport(jobs, reports, request);
  await jobs.drain();
  const cleanUp = (now: number) =>
    reportFilesCleanUp({ reports, storage }).run({
      signal: new AbortController().signal,
      logger: jobs.logger,
      now,
    });
  expect(await cleanUp(1_000 + 86_399_999)).toBe(0);
  expect(storage.files.size).toBe(1);
  expect(await cleanUp(1_000 + 86_400_000)).toBe(1);
  expect(storage.files.size).toBe(0);
  expect(await reports.find(id)).toMatchObject({ status: 'expired' });
  await jobs.close();
});

test('refuses wrong limits and two reports of one name', () => {
  expect(() => open({ retentionDays: 0 })).toThrow('`retentionDays`');
  expect(() => open({ retentionDays: Number.POSITIVE_INFINITY })).toThrow('`retentionDays`');
  expect(() => open({ attachmentBytes: 1e9 })).toThrow('`attachmentBytes`');
  const twin = { name: 'sales', filters: [], make: () => Promise.reject(new Error('never')) };
  expect(() => open({ templates: [twin] })).toThrow('two reports of the name "sales"');
});
