/** CSV (RFC 4180) in UTF-8 with a byte order mark, without which Excel reads another encoding. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decimalsOf } from '@bizinsights/jobs-platforms';
import { plainCell } from '../clean-text.js';
import { inMajor } from '../formatter.js';
import type { Cell, ReportContent, ReportTable } from '../report-content.js';
import { aboutLines, type Page } from './page.js';
import type { RenderSettings } from './render-report.js';

/** Of figures that are fractions. */
const DIGITS = 4;

export async function writeCsv(content: ReportContent, page: Page, { output, signal }: RenderSettings): Promise<void> {
  const { stringify } = await import('csv-stringify');
  const writer = stringify({ bom: true, record_delimiter: 'windows' });
  await pipeline(Readable.from(linesOf(content, page)), writer, output, signal ? { signal } : {});
}

/** All have as many fields, as RFC 4180 asks for: the tables stand below each other. */
function* linesOf(content: ReportContent, page: Page): Generator<string[]> {
  const { words } = page;
  const { currency, figures, tables } = content;
  const width = Math.max(FIGURE_FIELDS, ...tables.map(({ columns }) => columns.length));
  const line = (...fields: string[]) => [...fields, ...Array.from({ length: width - fields.length }, () => '')];
  const field = (cell: Cell) => fieldOf(cell, currency);

  yield line(plainCell(content.title));
  for (const about of aboutLines(content, page)) yield line(...about.map(plainCell));
  for (const notice of content.notices) yield line(words.note, plainCell(notice));

  yield line();
  yield line(words.figure, words.value, words.before, words.change, words.unit);
  for (const { label, value, before, change } of figures) {
    const unit = value.kind === 'money' ? currency : '';
    yield line(plainCell(label), field(value), field(before), field({ kind: 'change', value: change }), unit);
  }
  for (const table of tables) {
    yield line();
    yield line(plainCell(table.title));
    yield line(...titlesOf(table, currency));
    for (const row of table.rows) yield line(...row.map(field));
  }
}

const FIGURE_FIELDS = 5;

function titlesOf({ columns }: ReportTable, currency: string): string[] {
  return columns.map(({ title, kind }) => plainCell(kind === 'money' ? `${title} (${currency})` : title));
}

function fieldOf(cell: Cell, currency: string): string {
  if (cell.kind === 'text') return plainCell(cell.value);
  if (cell.kind === 'day') return cell.value;
  if (cell.value === undefined) return '';
  if (cell.kind === 'money') return inMajor(cell.value, currency).toFixed(decimalsOf(currency));
  return cell.kind === 'count' ? String(cell.value) : String(Number(cell.value.toFixed(DIGITS)));
}
