/** Excel: a sheet for the overview, and one for each table. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decimalsOf } from '@bizinsights/jobs-platforms';
import type { CellObject, Row, Sheet } from 'write-excel-file/node';
import { cleanText } from '../clean-text.js';
import { inMajor } from '../formatter.js';
import type { Cell, ReportContent, ReportTable } from '../report-content.js';
import { aboutLines, type Page } from './page.js';
import type { RenderSettings } from './render-report.js';

const INK = '#1e1b4b';
const HEADER: Omit<CellObject, 'value' | 'type'> = { fontWeight: 'bold', backgroundColor: '#e0e7ff', textColor: INK };

/** Characters. */
const COLUMN_WIDTH = { text: 44, day: 13, money: 16, count: 13, percent: 13, change: 13, ratio: 13 } as const;

export async function writeXlsx(content: ReportContent, page: Page, { output, signal }: RenderSettings): Promise<void> {
  const { default: writeExcelFile } = await import('write-excel-file/node');
  const formats = formatsOf(page.locale, content.currency);
  const toCell = (cell: Cell) => cellOf(cell, content.currency, formats);
  const sheets = [overviewSheet(content, page, toCell), ...content.tables.map((table) => tableSheet(table, toCell))];
  const file = await writeExcelFile(sheets, { fontFamily: 'Calibri', fontSize: 11 }).toBuffer();
  await pipeline(Readable.from([file]), output, signal ? { signal } : {});
}

type ToCell = (cell: Cell) => CellObject | null;

function overviewSheet(content: ReportContent, page: Page, toCell: ToCell): Sheet<never> {
  const { words } = page;
  const headings = [words.figure, words.value, words.before, words.change];
  const data: Row[] = [
    [{ ...textCell(content.title), fontWeight: 'bold', fontSize: 18, textColor: INK }],
    ...aboutLines(content, page).map(([label, value]) => [
      { ...textCell(label), textColor: '#64748b' },
      textCell(value),
    ]),
    ...content.notices.map((notice) => [{ ...textCell(words.note), textColor: '#b45309' }, textCell(notice)]),
    [],
    headings.map((title, index) => ({ ...textCell(title), ...HEADER, align: index === 0 ? 'left' : 'right' })),
    ...content.figures.map(({ label, value, before, change }) => [
      textCell(label),
      toCell(value),
      toCell(before),
      toCell({ kind: 'change', value: change }),
    ]),
  ];
  return {
    data,
    sheet: sheetName(words.overview),
    columns: [{ width: 30 }, { width: 22 }, { width: 22 }, { width: 14 }],
    showGridLines: false,
  };
}

function tableSheet({ title, note, columns, rows }: ReportTable, toCell: ToCell): Sheet<never> {
  const header = columns.map(
    ({ title: heading, kind }): CellObject => ({
      ...textCell(heading),
      ...HEADER,
      align: kind === 'text' || kind === 'day' ? 'left' : 'right',
      wrap: true,
    }),
  );
  return {
    data: [header, ...rows.map((row) => row.map(toCell)), ...(note === undefined ? [] : [[], [noteCell(note)]])],
    sheet: sheetName(title),
    stickyRowsCount: 1,
    columns: columns.map(({ kind }) => ({ width: COLUMN_WIDTH[kind] })),
  };
}

function textCell(value: string): CellObject {
  // As a text it is never calculated, whatever it begins with.
  return { type: String, value: cleanText(value) };
}

function noteCell(note: string): CellObject {
  return { ...textCell(note), fontStyle: 'italic', textColor: '#64748b' };
}

function cellOf(cell: Cell, currency: string, formats: Formats): CellObject | null {
  if (cell.kind === 'text') return cell.value === '' ? null : textCell(cell.value);
  if (cell.kind === 'day') return { type: Date, value: new Date(cell.value), format: formats.day, align: 'left' };
  if (cell.value === undefined) return null;
  const value = cell.kind === 'money' ? inMajor(cell.value, currency) : cell.value;
  return { type: Number, value, format: formats[cell.kind] };
}

type Formats = Readonly<Record<Exclude<Cell['kind'], 'text'>, string>>;

/** Excel shows points and commas as the reader's own settings have them. */
function formatsOf(locale: string, currency: string): Formats {
  const decimals = decimalsOf(currency);
  const amount = decimals === 0 ? '#,##0' : `#,##0.${'0'.repeat(decimals)}`;
  const parts = new Intl.NumberFormat(locale, { style: 'currency', currency }).formatToParts(1);
  const symbol = `"${(parts.find(({ type }) => type === 'currency')?.value ?? currency).replaceAll('"', '')}"`;
  const isFirst =
    parts.findIndex(({ type }) => type === 'currency') < parts.findIndex(({ type }) => type === 'integer');
  return {
    day: /^de\b/i.test(locale) ? 'dd.mm.yyyy' : 'yyyy-mm-dd',
    money: isFirst ? `${symbol}${amount}` : `${amount} ${symbol}`,
    count: '#,##0',
    percent: '0.00%',
    change: '+0.0%;-0.0%;0.0%',
    ratio: '0.00',
  };
}

/** Excel refuses longer names, and these characters. */
function sheetName(title: string): string {
  return cleanText(title.replace(/[[\]:*?/\\']/g, ' '), 31);
}
