import { ArgumentError } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { expect, test } from 'vitest';
import { MemoryReports } from './fixtures/memory-reports.js';
import { reportsQueue } from './queue.js';
import { requestReport } from './request-report.js';

const request = {
  organizationId: 'acme',
  template: 'sales',
  format: 'pdf',
  period: { from: '2026-10-01', to: '2026-10-31' },
} as const;

test('refuses a request that is wrong, and says where', async () => {
  const jobs = createTestJobs({ queues: [reportsQueue] });
  const reports = new MemoryReports();
  const wrong = { ...request, period: { from: '2026-10-31', to: '2026-10-01' } };
  const asked = requestReport(jobs, reports, wrong);
  await expect(asked).rejects.toThrow(ArgumentError);
  await expect(asked).rejects.toThrow('period.to: must not be before `from`');
  expect(reports.rows.size).toBe(0);
  await jobs.close();
});

test('an equal request has the same report and adds no job, unless the job was lost', async () => {
  const jobs = createTestJobs({ queues: [reportsQueue] });
  const reports = new MemoryReports();
  const { id } = await requestReport(jobs, reports, request);
  expect(await requestReport(jobs, reports, request)).toEqual({ id });
  expect(jobs.enqueued(reportsQueue)).toHaveLength(1);
  await jobs.queue(reportsQueue).remove(`report-${id}`);
  expect(await requestReport(jobs, reports, request)).toEqual({ id });
  expect(await jobs.queue(reportsQueue).get(`report-${id}`)).toBeDefined();
  await jobs.close();
});
