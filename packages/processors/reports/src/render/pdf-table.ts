/** A table over as many pages as it needs, with its header on each. */
import type { Cell, ReportColumn, ReportTable } from '../report-content.js';
import { type Canvas, COLORS, MARGIN } from './canvas.js';
import type { Page } from './page.js';

const ROW = 15;
const PADDING = 5;
const SIZE = 8;

/** Nobody reads more on paper, and each row takes its time to set. The other formats have all of them. */
export const MOST_ROWS = 1_000;

interface Column extends ReportColumn {
  readonly index: number;
  readonly x: number;
  readonly space: number;
}

/** Pauses after each page. */
export function* drawTable(canvas: Canvas, table: ReportTable, page: Page): Generator<void> {
  const { title, note, rows } = table;
  const columns = placed(table.columns, canvas.width);
  // A heading does not stand alone at the end of a page.
  if (!canvas.fits(6 * ROW + 40)) canvas.newPage();
  canvas.line(title, MARGIN, canvas.y, { size: 11, isBold: true, color: COLORS.ink, width: canvas.width });
  canvas.y += 18;
  if (note !== undefined) {
    canvas.line(note, MARGIN, canvas.y, { size: 7.5, color: COLORS.muted, width: canvas.width });
    canvas.y += 14;
  }
  drawHeader(canvas, columns);
  for (const [index, row] of rows.slice(0, MOST_ROWS).entries()) {
    if (!canvas.fits(ROW)) {
      yield;
      canvas.newPage();
      drawHeader(canvas, columns);
    }
    drawRow(canvas, columns, row, page, index);
  }
  if (rows.length > MOST_ROWS) {
    const more = page.words.more(page.format.count(rows.length - MOST_ROWS));
    if (!canvas.fits(ROW)) canvas.newPage();
    canvas.line(more, MARGIN + PADDING, canvas.y + 4, { size: SIZE, color: COLORS.muted, width: canvas.width });
    canvas.y += ROW;
  }
  canvas.y += 22;
  yield;
}

function placed(columns: readonly ReportColumn[], width: number): Column[] {
  const shown = columns.map((column, index) => ({ ...column, index })).filter(({ isDetail = false }) => !isDetail);
  const all = shown.reduce((sum, column) => sum + column.width, 0);
  let x = MARGIN;
  return shown.map((column) => {
    const space = (column.width / all) * width;
    x += space;
    return { ...column, x: x - space, space };
  });
}

function drawHeader(canvas: Canvas, columns: readonly Column[]): void {
  canvas.box(MARGIN, canvas.y, canvas.width, ROW + 2, COLORS.soft, 3);
  for (const { title, kind, x, space } of columns) {
    canvas.line(title, x + PADDING, canvas.y + 4.5, {
      size: 7.5,
      isBold: true,
      color: COLORS.ink,
      align: alignOf(kind),
      width: space - 2 * PADDING,
    });
  }
  canvas.y += ROW + 4;
}

function drawRow(
  canvas: Canvas,
  columns: readonly Column[],
  row: readonly Cell[],
  { format }: Page,
  place: number,
): void {
  if (place > 0) canvas.rule(MARGIN, canvas.y - 0.5, canvas.width);
  for (const { index, kind, x, space } of columns) {
    const cell = row[index];
    if (!cell) continue;
    canvas.line(format.cell(cell), x + PADDING, canvas.y + 3, {
      size: SIZE,
      align: alignOf(kind),
      width: space - 2 * PADDING,
    });
  }
  canvas.y += ROW;
}

function alignOf(kind: Cell['kind']): 'left' | 'right' {
  return kind === 'text' || kind === 'day' ? 'left' : 'right';
}
