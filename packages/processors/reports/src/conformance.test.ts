import { pluginConformance } from '@bizinsights/jobs-core/testing';
import { it } from 'vitest';
import { MemoryReports, sampleData } from './fixtures/memory-reports.js';
import { MemoryStorage } from './fixtures/memory-storage.js';
import type { ReportData } from './ports.js';
import { reportsProcessor } from './processor.js';
import { reportsQueue } from './queue.js';

let reports = new MemoryReports();
let storage = new MemoryStorage();

function processor(changes: Partial<ReportData> = {}) {
  reports = new MemoryReports();
  storage = new MemoryStorage();
  return reportsProcessor({ reports, storage, data: { ...sampleData, ...changes } });
}

const request = {
  organizationId: 'acme',
  template: 'sales',
  format: 'csv',
  period: { from: '2026-10-01', to: '2026-10-31' },
} as const;

const cases = pluginConformance({
  queue: reportsQueue,
  processor: () => processor(),
  failing: () => processor({ sales: () => Promise.reject(new Error('The database is away')) }),
  // A port of the host has no signal: the job's own ends the attempt.
  hanging: () => processor({ sales: () => new Promise(() => undefined) }),
  validData: [
    request,
    { ...request, format: 'pdf', locale: 'de-AT', timeZone: 'Europe/Vienna' },
    { ...request, format: 'xlsx', period: 'last-month' },
    { ...request, recipients: ['ann@example.com', 'bob@example.com'] },
  ],
  invalidData: [
    { data: { ...request, organizationId: '' }, path: 'organizationId' },
    { data: { ...request, format: 'doc' }, path: 'format' },
    { data: { ...request, period: { from: '2026-10-02', to: '2026-10-01' } }, path: 'period.to' },
    { data: { ...request, period: { from: '2016-10-02', to: '2026-11-01' } }, path: 'period.to' },
    { data: { ...request, locale: 'no language' }, path: 'locale' },
    { data: { ...request, timeZone: '+01:00' }, path: 'timeZone' },
    { data: { ...request, recipients: ['nobody'] }, path: 'recipients[0]' },
    { data: { reportId: '' }, path: 'reportId' },
  ],
  effects: () => [[...reports.rows.values()], [...storage.files.keys()], [...storage.writes]],
});

for (const { name, run } of cases) it(name, run);
