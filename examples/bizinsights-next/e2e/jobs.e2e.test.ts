import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { callByToken, listJobs } from './monitoring';
import { expectGoodPage } from './page-checks';
import { test } from './person';
import { setAccess } from './services';

const rowOf = (page: Page, queue: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: queue, exact: true }) });

const COLUMNS = ['waiting', 'active', 'delayed', 'completed', 'failed'] as const;

async function countOf(page: Page, queue: string, column: (typeof COLUMNS)[number]): Promise<number> {
  return Number(await rowOf(page, queue).getByRole('cell').nth(COLUMNS.indexOf(column)).innerText());
}

test('a paused queue keeps its jobs until it is resumed', async ({ visits }) => {
  const page = await visits.open('bob');
  await page.goto('/jobs');
  const row = rowOf(page, 'insights-generation');
  await page.getByRole('button', { name: 'Pause queue insights-generation' }).click();
  await row.getByText('paused').waitFor();

  const insights = await page.context().newPage();
  await insights.goto('/insights');
  await insights.getByRole('button', { name: 'Look again now' }).click();
  await insights.getByText(/The figures are being looked at/).waitFor();
  await expect.poll(() => countOf(page, 'insights-generation', 'waiting')).toBe(1);
  await expectGoodPage(page, 'jobs-paused');

  const before = await countOf(page, 'insights-generation', 'completed');
  await page.getByRole('button', { name: 'Resume queue insights-generation' }).click();
  await row.getByText('runs').waitFor();
  await expect.poll(() => countOf(page, 'insights-generation', 'completed')).toBeGreaterThan(before);
});

test('a failed job stands there with its reason, and is retried', async ({ visits }) => {
  const page = await visits.open('bob');
  onTestFinished(() => setAccess('woocommerce', { isLost: false }));
  await setAccess('woocommerce', { isLost: true });
  await page.goto('/integrations');
  const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'WooCommerce' }) });
  await card.getByRole('button', { name: 'Sync now: WooCommerce' }).click();
  await card.getByText('WooCommerce no longer lets us read this account.').waitFor();
  const [job] = (await listJobs('data-sync', 'failed')).toSorted((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0));
  if (!job) throw new Error('No job has failed');

  await page.goto('/jobs');
  const retry = page.getByRole('button', { name: `Retry job ${job.id} of data-sync` });
  await retry.waitFor();
  const failed = page.getByRole('listitem').filter({ has: retry });
  expect(await failed.locator('.notice-bad').innerText()).toContain(job.failedReason);
  await expectGoodPage(page, 'jobs-failed');
  await setAccess('woocommerce', { isLost: false });
  await retry.click();
  await retry.waitFor({ state: 'detached' });
  await expect.poll(async () => (await listJobs('data-sync', 'completed')).some(({ id }) => id === job.id)).toBe(true);
});

test('a schedule runs when asked', async ({ visits }) => {
  const page = await visits.open('bob');
  await page.goto('/jobs');
  await rowOf(page, 'insights-generation').waitFor();
  const before = await countOf(page, 'insights-generation', 'completed');
  await page.getByRole('button', { name: 'Run now Insights', exact: true }).click();
  await expect.poll(() => countOf(page, 'insights-generation', 'completed')).toBeGreaterThan(before);
});

test('the monitoring API answers those who have the token, and no one else', async () => {
  const response = await callByToken('/monitoring');
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    success: true,
    data: { queues: { 'data-sync': { isPaused: false } } },
  });
  expect((await callByToken('/monitoring', { token: 'guessed-by-somebody' })).status).toBe(401);
});
