import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@bizinsights/jobs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MemoryReports } from '../fixtures/memory-reports.js';
import { disposition, downloadHandler } from './download-handler.js';
import { localStorage } from './local-storage.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reports-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function open() {
  const clock = { now: 0 };
  const now = () => clock.now;
  const reports = new MemoryReports();
  const storage = localStorage({ dir, secret: 'a secret of the tests', now });
  const { id } = await reports.request({
    organizationId: 'acme',
    template: 'sales',
    format: 'pdf',
    period: { from: '2026-10-01', to: '2026-10-31' },
  });
  const key = reports.rows.get(id)?.key ?? '';
  const finish = async () => {
    await reports.begin(id);
    const bytes = await storage.write(key, async (output) => void output.end('%PDF-1.7'));
    const mail = { reportName: '', period: '', organizationName: '', summary: [] };
    await reports.finish(id, { filename: 'Übersicht.pdf', bytes, dataVersion: '', expiresAt: 1_000_000_000, mail });
  };
  const handler = downloadHandler({ reports, storage, now, logger: silentLogger });
  const get = (path: string, method = 'GET') =>
    handler(new Request(new URL(path, 'https://app.example.com'), { method }));
  const url = storage.downloadUrl({ organizationId: 'acme', id });
  return { clock, reports, storage, key, id, finish, get, url };
}

const codeOf = async (response: Response) => {
  const body: unknown = await response.json();
  return [response.status, body];
};
const refused = (status: number, code: string) => [
  status,
  { success: false, error: { code, message: expect.any(String) } },
];

test('serves the file with its name and without traces in caches', async () => {
  const { finish, get, url } = await open();
  await finish();
  const response = await get(url);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/pdf',
    'content-length': '8',
    'content-disposition': `attachment; filename="Ubersicht.pdf"; filename*=UTF-8''%C3%9Cbersicht.pdf`,
    'cache-control': 'private, no-store',
    'x-content-type-options': 'nosniff',
  });
  expect(await response.text()).toBe('%PDF-1.7');
});

test('answers 403 without a valid signature, and 405 to other methods', async () => {
  const { finish, get, url } = await open();
  await finish();
  expect(await codeOf(await get('/api/reports/download'))).toEqual(refused(403, 'FORBIDDEN'));
  expect(await codeOf(await get(url.replace('acme', 'globex')))).toEqual(refused(403, 'FORBIDDEN'));
  expect(await codeOf(await get(url, 'POST'))).toEqual(refused(405, 'METHOD_NOT_ALLOWED'));
});

test('answers 404 for a report that is not ready, of another organization, unknown, or without a file', async () => {
  const { storage, finish, get, url, key, id } = await open();
  expect(await codeOf(await get(url))).toEqual(refused(404, 'NOT_FOUND'));
  await finish();
  for (const report of [
    { organizationId: 'globex', id },
    { organizationId: 'acme', id: 'unknown' },
  ]) {
    expect(await codeOf(await get(storage.downloadUrl(report)))).toEqual(refused(404, 'NOT_FOUND'));
  }
  await storage.remove(key);
  expect(await codeOf(await get(url))).toEqual(refused(404, 'NOT_FOUND'));
});

test('answers 410 when the address or the report is too old', async () => {
  const { clock, storage, finish, get, url, id } = await open();
  await finish();
  clock.now = 25 * 3_600_000;
  expect(await codeOf(await get(url))).toEqual(refused(410, 'GONE'));
  clock.now = 1_000_000_000;
  const again = storage.downloadUrl({ organizationId: 'acme', id });
  expect(await codeOf(await get(again))).toEqual(refused(410, 'GONE'));
});

test('a storage that fails answers 500, and says nothing of itself', async () => {
  const { reports, finish, get, url } = await open();
  await finish();
  reports.find = () => Promise.reject(new Error('password authentication failed for user "app"'));
  const response = await get(url);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('password');
});

test('a name of any letters is safe in the header', () => {
  expect(disposition('a"b\\c\r\nd%.csv')).toBe(
    `attachment; filename="a_b_c__d_.csv"; filename*=UTF-8''a%22b%5Cc%0D%0Ad%25.csv`,
  );
  expect(disposition('Καφές 漢.pdf')).toMatch(/^attachment; filename="_{5} _\.pdf"; filename\*=UTF-8''%CE%9A[%\w.-]+$/);
});
