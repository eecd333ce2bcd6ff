// Reports are jobs: a PDF, Excel or CSV file is made once, stored, mailed, and downloaded from a signed address.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { downloadHandler, localStorage, reportsProcessor, requestReport } from '@bizinsights/jobs-reports';
import { reportsQueue } from '@bizinsights/jobs-reports/queue';
import { createStore } from '@bizinsights/jobs-store';

const { pool, close } = await openEmbedded({ dir: 'memory:' }); // in production `new Pool()` of `pg`
const store = createStore({ pool });
await store.migrate();
await store.organizations.upsert({ id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', currency: 'EUR' });

const jobs = createJobs({ connection: 'memory:', queues: [reportsQueue, emailQueue], logger: silentLogger });
const dir = await mkdtemp(join(tmpdir(), 'reports-'));
const secret = randomBytes(32).toString('base64'); // in production the same in all processes

// #region processor
const storage = localStorage({ dir, secret, baseUrl: 'https://app.example.com/api/reports/download' });
jobs.registerProcessor(reportsProcessor({ reports: store.reports, data: store.reportData, storage }));
// #endregion
await jobs.startWorker();

// #region request
const request = {
  organizationId: 'acme',
  template: 'sales',
  format: 'pdf', // or xlsx, csv
  period: { from: '2026-10-01', to: '2026-10-31' },
  recipients: ['ann@example.com'],
} as const;
const { id } = await requestReport(jobs, store.reports, request);
const again = await requestReport(jobs, store.reports, request); // an equal one
// #endregion
console.log(`the same report: ${again.id === id}`);
await jobs.queue(reportsQueue).waitFor(`report-${id}`);
const report = await store.reports.get('acme', id);
console.log(`${report?.status}, ${report?.progress} %: ${report?.filename}`);
// #region download
const download = downloadHandler({ reports: store.reports, storage }); // the route of `baseUrl`
const url = storage.downloadUrl({ organizationId: 'acme', id }, { expiresIn: 60_000 });
const response = await download(new Request(url));
// #endregion
console.log(`${response.status} ${response.headers.get('content-type')}`);
console.log((await response.text()).slice(0, 5));

// In production the email processor sends them.
const { jobs: mails } = await jobs.queue(emailQueue).list({ state: 'waiting' });
for (const { data } of mails) console.log(`${data.template} to ${data.to}`);

await jobs.close();
await close();
await rm(dir, { recursive: true });

// Output:
// the same report: true
// ready, 100 %: Sales report - Acme - 2026-10-01_2026-10-31.pdf
// 200 application/pdf
// %PDF-
// report-delivery to ann@example.com
