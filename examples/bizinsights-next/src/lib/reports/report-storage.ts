/** The report files, in the data folder, and the addresses to download them. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { localStorage, type ReportStorage } from '@bizinsights/jobs-reports';
import { appUrl } from '../host/app-url';
import { dataDir } from '../host/data-dir';
import { keptSecret } from '../host/kept-secret';

/** Not at import: a build loads this file too, and must not make a secret. */
export function reportStorage(): ReportStorage {
  return localStorage({
    dir: join(dataDir(), 'reports'),
    secret: process.env.REPORTS_SECRET?.trim() || keptSecret('reports-secret', newSecret),
    baseUrl: new URL('/api/reports/download', appUrl()).href,
  });
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
