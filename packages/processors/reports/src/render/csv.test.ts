import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { rendered } from '../fixtures/rendered.js';
import { HOSTILE_NAMES, sampleProducts, sampleSales } from '../fixtures/sample-sales.js';

const read = (file: Buffer): string[][] => parse(file, { bom: true });

test('CSV begins with a byte order mark, ends lines as RFC 4180 says, and has as many fields in each', async () => {
  const file = await rendered('csv', sampleSales());
  expect([...file.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(file.toString().replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  const widths = new Set(read(file).map((row) => row.length));
  expect(widths.size).toBe(1);
});

test('CSV has the figures in major units with their change, all days and all products', async () => {
  const rows = read(await rendered('csv', sampleSales()));
  const row = (first: string) => rows.find(([field]) => field === first)?.filter((field) => field !== '');
  expect(row('Organization')).toEqual(['Organization', 'Acme']);
  expect(row('Period')).toEqual(['Period', 'October 2026']);
  expect(row('Revenue')).toEqual(['Revenue', '64123.45', '55787.40', '0.1494', 'EUR']);
  expect(row('Conversion')).toEqual(['Conversion', '0.0234', '0.0234', '0']);
  expect(row('2026-10-01')?.slice(0, 4)).toEqual(['2026-10-01', '1686.80', '40', '42.17']);
  expect(row('2026-10-03')?.at(-1)).toBe('data missing');
  expect(row('2026-10-31')?.at(-1)).toBe('provisional');
  expect(row('Чай «Утро» 3')).toEqual(['Чай «Утро» 3', '498', '298', '8380.00', expect.stringMatching(/^0\.\d+$/)]);
  expect(rows.filter(([field]) => /^2026-10-\d\d$/.test(field ?? ''))).toHaveLength(31);
});

test('no cell of CSV begins as a formula does, and numbers stay numbers', async () => {
  const products = HOSTILE_NAMES.map((name) => ({ name, units: 1, orders: 1, revenue: -150 }));
  const file = await rendered('csv', sampleSales(3, products));
  const rows = read(file);
  const fields = rows.flat();
  expect(fields.filter((field) => /^[\s\u200b]*[=+@＝＋－＠\t\r]/.test(field))).toEqual([]);
  expect(fields.filter((field) => field.startsWith('-') && !/^-\d+(\.\d+)?$/.test(field))).toEqual([]);
  expect(fields).toContain("'=1+1");
  expect(fields).toContain("'-2+3+cmd|' /C calc'!A0");
  expect(fields).toContain('"quoted", with a comma and a new line');
  expect(fields).toContain('-1.50');
  // No line break in a field.
  expect(rows.length).toBe(file.toString().trimEnd().split('\r\n').length);
});

test('currencies have the decimals that they have', async () => {
  const yen = (await rendered('csv', { ...sampleSales(1), currency: 'JPY' })).toString();
  const dinar = (await rendered('csv', { ...sampleSales(1), currency: 'KWD' })).toString();
  expect([yen, dinar].map((csv) => /^Revenue,([\d.]+)/m.exec(csv)?.[1])).toEqual(['6412345', '6412.345']);
});

test('a report of 3,660 days and 10,000 products is written', async () => {
  const rows = read(await rendered('csv', sampleSales(3_660, sampleProducts(10_000))));
  expect(rows.length).toBeGreaterThan(13_660);
});
