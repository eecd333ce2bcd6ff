import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { Page } from 'playwright-core';
import readExcel from 'read-excel-file/node';
import { expect, onTestFinished } from 'vitest';
import { act } from './monitoring';
import { expectGoodPage } from './page-checks';
import { test } from './person';
import { setClock } from './services';

/** Asks for a report of the last 30 whole days. */
async function askForReport(page: Page, format: string): Promise<void> {
  await page.goto('/reports');
  await page.getByLabel('Format').first().selectOption({ label: format });
  await page.getByRole('button', { name: 'Make the report' }).click();
  await page.getByText('The report is in the list below.').waitFor();
}

/** The file of the newest report, as soon as it is ready. */
async function download(page: Page, format: string): Promise<Buffer> {
  const link = page
    .getByRole('main')
    .getByRole('listitem')
    .first()
    .getByRole('link', { name: `, ${format}` });
  await link.waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const pieces: Buffer[] = [];
  for await (const piece of await file.createReadStream()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

async function textOf(pdf: Buffer): Promise<string> {
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: 0, useSystemFonts: false });
  const document = await task.promise;
  const { items } = await (await document.getPage(1)).getTextContent();
  await task.destroy();
  return items.map((item) => ('str' in item ? item.str : '')).join(' ');
}

test('a report is made and downloaded as PDF and Excel, with the figures of the overview', async ({ visits }) => {
  // What is edited meanwhile would be in one of them alone.
  onTestFinished(() => setClock({ isRunning: true }));
  await setClock({ isRunning: false });
  const page = await visits.open('bob');
  await askForReport(page, 'PDF');
  const pdf = await download(page, 'pdf');

  onTestFinished(() => act('report-generation', 'resume'));
  await act('report-generation', 'pause');
  await askForReport(page, 'Excel');
  const newest = page.getByRole('main').getByRole('listitem').first();
  await newest.getByText('waits').waitFor();
  await newest.getByRole('progressbar').waitFor();
  await act('report-generation', 'resume');
  await newest.getByText('ready').waitFor();
  const excel = await download(page, 'xlsx');
  await expectGoodPage(page, 'reports-made');
  await page.goto('/?period=30d');
  const tile = (name: string) => page.locator('.tile', { hasText: name }).locator('.tile-value').innerText();
  const [revenue, orders] = [await tile('Revenue'), await tile('Orders')];
  expect(revenue).toMatch(/€[\d,]+\.\d\d/);

  const text = await textOf(pdf);
  expect(text).toContain('Glaze & Co');
  expect(text).toContain(revenue);
  const [overview] = await readExcel(excel);
  const cells = overview?.data.find(([label]) => label === 'Revenue');
  expect(cells?.[1]).toBe(Number(revenue.replace(/[€,]/g, '')));
  expect(overview?.data.find(([label]) => label === 'Orders')?.[1]).toBe(Number(orders.replace(',', '')));
});
