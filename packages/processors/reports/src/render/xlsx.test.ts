import { expect, test } from 'vitest';
import { type ExcelCell, readExcel, rendered } from '../fixtures/rendered.js';
import { HOSTILE_NAMES, sampleProducts, sampleSales } from '../fixtures/sample-sales.js';

const cellAt = (cells: readonly ExcelCell[] | undefined, at: string) => cells?.find((cell) => cell.at === at);

/** The cell that is `columns` to the right of the one with a text. */
function beside(cells: readonly ExcelCell[] | undefined, text: string, columns: number) {
  const [, column = '', row = ''] = /^([A-Z])(\d+)$/.exec(cells?.find(({ value }) => value === text)?.at ?? '') ?? [];
  return cellAt(cells, `${String.fromCharCode(column.charCodeAt(0) + columns)}${row}`);
}

test('Excel has the key figures as numbers in major units, in the format of their currency', async () => {
  const { sheets } = readExcel(await rendered('xlsx', sampleSales(), 'de'));
  expect([...sheets.keys()]).toEqual(['Überblick', 'Tage', 'Produkte']);
  const overview = sheets.get('Überblick');
  expect(beside(overview, 'Umsatz', 1)).toMatchObject({ type: 'n', value: '64123.45', format: '#,##0.00 "€"' });
  expect(beside(overview, 'Umsatz', 2)).toMatchObject({ type: 'n', value: '55787.4' });
  expect(beside(overview, 'Bestellungen', 1)).toMatchObject({ type: 'n', value: '1520', format: '#,##0' });
  expect(beside(overview, 'Konversion', 1)).toMatchObject({ type: 'n', value: '0.0234', format: '0.00%' });
  expect(Number(beside(overview, 'Umsatz', 3)?.value)).toBeCloseTo(0.149, 2);
});

test('days are dates, and what is not certain is said in words', async () => {
  const { sheets } = readExcel(await rendered('xlsx', sampleSales()));
  const days = sheets.get('Days');
  // 1 October 2026, in days since 1900 as Excel counts them.
  expect(cellAt(days, 'A2')).toMatchObject({ type: 'n', value: '46296', format: 'yyyy-mm-dd' });
  expect(cellAt(days, 'B2')).toMatchObject({ type: 'n', value: '1686.8', format: '"€"#,##0.00' });
  expect(cellAt(days, 'J4')?.value).toBe('data missing');
  expect(cellAt(days, 'J32')?.value).toBe('provisional');
});

test('no text of Excel acts as a formula, and odd characters do not break the file', async () => {
  const products = HOSTILE_NAMES.map((name) => ({ name, units: 1, orders: 1, revenue: 100 }));
  const { sheets, xml } = readExcel(await rendered('xlsx', sampleSales(3, products)));
  expect(xml).not.toMatch(/<f[ >]/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML does not take them
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
  const names = sheets.get('Products')?.filter(({ at }) => /^A(?!1$)/.test(at)) ?? [];
  expect(names.find(({ value }) => value.startsWith('=HYPERLINK'))?.type).toMatch(/^(s|inlineStr|str)$/);
  expect(names.map(({ value }) => value)).toContain('<b>&amp;</b> ]]>');
  expect(names.map(({ value }) => value)).toContain('漢字 和 emoji 👩‍👩‍👧 🍵');
  expect(Math.max(...names.map(({ value }) => value.length))).toBeLessThanOrEqual(500);
});

test('a year of a shop with 10,000 products is written', async () => {
  const file = await rendered('xlsx', sampleSales(365, sampleProducts(10_000)));
  expect(readExcel(file).sheets.get('Products')?.length).toBeGreaterThan(50_000);
});
