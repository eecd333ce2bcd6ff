import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { Collected, readPdf, rendered } from '../fixtures/rendered.js';
import { HOSTILE_NAMES, sampleProducts, sampleSales } from '../fixtures/sample-sales.js';
import { salesReport } from '../sales/sales-report.js';
import { renderReport } from './render-report.js';

test('PDF has a title and a language, and shows Latin, Greek and Cyrillic names as text', async () => {
  const { title, language, pages } = await readPdf(await rendered('pdf', sampleSales()));
  expect(title).toBe('Sales report · Acme · October 2026');
  expect(language).toBe('en');
  const text = pages.join(' ');
  for (const name of ['Glazed mug 1', 'Καφές Αθήνα 2', 'Чай «Утро» 3', 'Öl & Übermaß 4']) expect(text).toContain(name);
  expect(text).toContain('€64,123.45');
  expect(text).toContain('+14.9%');
  expect(text).toContain('data missing');
  expect(text).toContain('provisional');
  expect(pages[0]).toContain(`Page 1 of ${pages.length}`);
});

test('PDF is written in German for a German reader, and English with the reader’s numbers for others', async () => {
  const german = (await readPdf(await rendered('pdf', sampleSales(), 'de'))).pages.join(' ');
  expect(german).toContain('Umsatzbericht');
  expect(german).toMatch(/64\.123,45\s€/);
  const french = (await readPdf(await rendered('pdf', sampleSales(), 'fr-FR'))).pages.join(' ');
  expect(french).toContain('Sales report');
  expect(french).toMatch(/64\s123,45\s€/);
});

test('a long table goes on over pages, with its header on each', async () => {
  const { pages } = await readPdf(await rendered('pdf', sampleSales(365, sampleProducts(200))));
  const withDays = pages.filter((page) => /\b[A-Z][a-z]{2} \d{1,2}, 202[67]\b.*€/.test(page));
  expect(withDays.length).toBeGreaterThan(5);
  for (const page of withDays) expect(page).toMatch(/Day\s+Revenue\s+Orders/);
  const text = pages.join(' ');
  for (const index of [1, 100, 200]) expect(text).toMatch(new RegExp(` ${index}\\b`));
});

test('more rows than anybody reads are left out, and it says so', async () => {
  const { pages } = await readPdf(await rendered('pdf', sampleSales(31, sampleProducts(1_234))));
  expect(pages.at(-1)).toContain('234 more rows');
});

test('characters without a letter in the font are shown as boxes, and nothing breaks', async () => {
  const products = HOSTILE_NAMES.map((name) => ({ name, units: 1, orders: 1, revenue: 100 }));
  const text = (await readPdf(await rendered('pdf', sampleSales(3, products)))).pages.join(' ');
  expect(text).toContain('□□ □ emoji □ □');
  expect(text).toContain('=HYPERLINK');
});

test('a period without anything says so', async () => {
  const sample = sampleSales(3, []);
  const nothing = { revenue: 0, orders: 0, newCustomers: 0, sessions: 0, adSpend: 0, unknownDays: 0 };
  const none = { averageOrderValue: undefined, conversionRate: undefined, returnOnAdSpend: undefined };
  const total = { ...sample.total, ...nothing, ...none };
  const empty = { ...sample, total, totalBefore: { ...total, unknownDays: 3 }, days: [] };
  for (const format of ['pdf', 'csv', 'xlsx'] as const) {
    const file = await rendered(format, empty);
    if (format === 'xlsx') continue;
    const text = format === 'pdf' ? (await readPdf(file)).pages.join(' ') : file.toString();
    expect(text).toContain('There is nothing in this period');
  }
});

test('an output that fails, and a signal that aborts, end the writing', async () => {
  const settings = { format: 'pdf', data: sampleSales(), locale: 'en', timeZone: 'UTC' } as const;
  const broken = new Writable({ write: (_piece, _encoding, done) => done(new Error('The disk is full')) });
  await expect(renderReport(salesReport, { ...settings, output: broken })).rejects.toThrow('The disk is full');
  const stop = new AbortController();
  const output = new Collected();
  const writing = renderReport(salesReport, { ...settings, output, signal: stop.signal });
  stop.abort(new Error('The worker shuts down'));
  await expect(writing).rejects.toThrow('The worker shuts down');
});
