/** The key figures as cards, four in a row. */
import type { ReportContent, ReportFigure } from '../report-content.js';
import { type Canvas, COLORS, MARGIN } from './canvas.js';
import type { Page } from './page.js';

const IN_A_ROW = 4;
const GAP = 8;
const HEIGHT = 72;
const LARGE = 14;

export function drawFigures(canvas: Canvas, { figures }: ReportContent, page: Page): void {
  canvas.y += 4;
  const width = (canvas.width - (IN_A_ROW - 1) * GAP) / IN_A_ROW;
  for (let index = 0; index < figures.length; index += IN_A_ROW) {
    if (!canvas.fits(HEIGHT)) canvas.newPage();
    for (const [place, figure] of figures.slice(index, index + IN_A_ROW).entries()) {
      drawCard(canvas, figure, page, MARGIN + place * (width + GAP), width);
    }
    canvas.y += HEIGHT + GAP;
  }
  canvas.y += 8;
}

function drawCard(canvas: Canvas, figure: ReportFigure, { format, words }: Page, x: number, width: number): void {
  const { y } = canvas;
  const inner = { x: x + 10, width: width - 20 };
  canvas.box(x, y, width, HEIGHT, COLORS.soft, 5);
  canvas.line(figure.label, inner.x, y + 10, { size: 8, color: COLORS.muted, width: inner.width });
  const value = format.cell(figure.value);
  // A large sum is written smaller, and never cut.
  const size = Math.min(LARGE, (LARGE * inner.width) / canvas.widthOf(value, { size: LARGE, isBold: true }));
  canvas.line(value, inner.x, y + 23 + (LARGE - size) / 2, {
    size,
    isBold: true,
    color: COLORS.ink,
    width: inner.width + 1,
  });
  const { change } = figure;
  if (change !== undefined) {
    const arrow = change > 0 ? '▲ ' : change < 0 ? '▼ ' : '';
    const color = colorOf(change, figure.isMoreBetter);
    canvas.line(`${arrow}${format.change(change)}`, inner.x, y + 43, {
      size: 8,
      isBold: true,
      color,
      ...widthOf(inner),
    });
  }
  const before = `${words.before}: ${format.cell(figure.before)}`;
  canvas.line(before, inner.x, y + 56, { size: 6.5, color: COLORS.muted, ...widthOf(inner) });
}

const widthOf = ({ width }: { readonly width: number }) => ({ width });

function colorOf(change: number, isMoreBetter: boolean | undefined): string {
  if (isMoreBetter === undefined || change === 0) return COLORS.muted;
  return change > 0 === isMoreBetter ? COLORS.good : COLORS.bad;
}
