import { ArgumentError, processorSourceName } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { expect, test } from 'vitest';
import { MemoryReports } from './fixtures/memory-reports.js';
import { reportsQueue } from './queue.js';
import { type ReportScheduleInput, reportScheduleKey, reportSchedules, scheduleReport } from './schedules.js';

const choice = {
  organizationId: 'acme',
  template: 'sales',
  format: 'pdf' as const,
  time: '08:05',
  timeZone: 'Europe/Berlin',
  recipients: ['ann@example.com'],
} satisfies Omit<ReportScheduleInput, 'frequency'>;

test('each choice has a schedule at its local time, about the day, the week or the month before', async () => {
  const reports = new MemoryReports();
  await scheduleReport(reports, { ...choice, frequency: 'daily' });
  await scheduleReport(reports, { ...choice, frequency: 'weekly', locale: 'de' });
  await scheduleReport(reports, { ...choice, frequency: 'weekly', weekday: 7 });
  await scheduleReport(reports, { ...choice, frequency: 'monthly', dayOfMonth: 3, timeZone: 'America/New_York' });
  const schedules = [];
  for await (const { key, cron, timezone, data } of reportSchedules({ reports })) {
    expect(data).toMatchObject({ organizationId: 'acme', template: 'sales', recipients: ['ann@example.com'] });
    schedules.push([key.slice(-1), cron, timezone, 'period' in data && data.period]);
  }
  expect(schedules).toEqual([
    ['0', '5 8 * * *', 'Europe/Berlin', 'yesterday'],
    ['1', '5 8 * * 1', 'Europe/Berlin', 'last-week'],
    ['2', '5 8 * * 0', 'Europe/Berlin', 'last-week'],
    ['3', '5 8 3 * *', 'America/New_York', 'last-month'],
  ]);
});

test.each([
  { time: '8:00' },
  { time: '24:00' },
  { timeZone: '+02:00' },
  { recipients: [] },
  { recipients: ['nobody'] },
  { weekday: 0 },
  { dayOfMonth: 31 },
  { format: 'doc' },
])('refuses a choice with %o', async (wrong) => {
  const reports = new MemoryReports();
  const given = JSON.parse(JSON.stringify({ ...choice, frequency: 'weekly', ...wrong }));
  await expect(scheduleReport(reports, given)).rejects.toThrow(ArgumentError);
  expect(reports.choices).toEqual([]);
});

test('a stored choice that is wrong is reported, and the others have their schedules', async () => {
  const reports = new MemoryReports();
  await reports.saveSchedule({ ...choice, frequency: 'daily', timeZone: 'Atlantis' });
  await reports.saveSchedule({ ...choice, frequency: 'daily' });
  const warnings: string[] = [];
  const warn = (_fields: object | string, message = '') => void warnings.push(message);
  const keys = [];
  for await (const { key } of reportSchedules({ reports, logger: { warn } })) keys.push(key);
  expect(keys).toHaveLength(1);
  expect(warnings).toEqual([expect.stringContaining('is invalid')]);
});

test('is planned at once where it is given the jobs, as the workers would', async () => {
  const reports = new MemoryReports();
  const jobs = createTestJobs({ queues: [reportsQueue] });
  const first = await scheduleReport(reports, { ...choice, frequency: 'weekly' }, { jobs });
  const { id } = await scheduleReport(reports, { ...choice, frequency: 'daily' }, { jobs });
  expect((await jobs.scheduler.get(reportScheduleKey(first.id)))?.next).toBeGreaterThan(Date.now());
  expect((await jobs.scheduler.get(reportScheduleKey(id)))?.next).toBeGreaterThan(Date.now());
  const asTheWorkers = { name: processorSourceName(reportsQueue), schedules: () => reportSchedules({ reports }) };
  expect(await jobs.scheduler.reconcile(asTheWorkers)).toMatchObject({
    untouched: 2,
    added: 0,
    changed: 0,
    removed: 0,
  });
  await jobs.close();
});
