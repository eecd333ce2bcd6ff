/** PDF: what a person reads and prints. */

import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { cleanText } from '../clean-text.js';
import type { ReportContent } from '../report-content.js';
import { Canvas, COLORS, FOOTER, MARGIN } from './canvas.js';
import { loadFonts } from './fonts.js';
import { aboutLines, type Page } from './page.js';
import { drawChart } from './pdf-chart.js';
import { drawFigures } from './pdf-figures.js';
import { drawTable } from './pdf-table.js';
import type { RenderSettings } from './render-report.js';

export async function writePdf(content: ReportContent, page: Page, { output, signal }: RenderSettings): Promise<void> {
  const [{ default: PDFDocument }, fonts] = await Promise.all([import('pdfkit'), loadFonts()]);
  const title = titleOf(content, page);
  const document = new PDFDocument({
    size: 'A4',
    // Only the canvas breaks pages.
    margin: 0,
    // The last page has to be known for "page 1 of 3".
    bufferPages: true,
    info: { Title: title, Author: cleanText(page.organizationName), Creator: 'BizInsights Jobs' },
    lang: page.locale,
    displayTitle: true,
    pdfVersion: '1.7',
  });
  await draw(new Canvas(document, fonts), content, page, signal);
  document.end();
  await pipeline(document, output, signal ? { signal } : {});
}

async function draw(
  canvas: Canvas,
  content: ReportContent,
  page: Page,
  signal: AbortSignal | undefined,
): Promise<void> {
  drawHead(canvas, content, page);
  for (const notice of content.notices) drawNotice(canvas, notice);
  drawFigures(canvas, content, page);
  if (content.chart) drawChart(canvas, content.chart, page);
  for (const table of content.tables) {
    // The worker has other jobs: it must be able to keep their locks.
    for (const _ of drawTable(canvas, table, page)) {
      await nextTurn();
      signal?.throwIfAborted();
    }
  }
  drawFooters(canvas, titleOf(content, page), page);
}

function titleOf(content: ReportContent, { format, organizationName }: Page): string {
  const parts = [content.title, cleanText(organizationName), format.period(content.period)];
  return parts.filter((part) => part !== '').join(' · ');
}

function drawHead(canvas: Canvas, content: ReportContent, page: Page): void {
  const { width } = canvas;
  canvas.box(0, 0, width + 2 * MARGIN, 6, COLORS.accent);
  canvas.line(content.title, MARGIN, 44, { size: 22, isBold: true, color: COLORS.ink, width });
  const [first, ...others] = aboutLines(content, page).map(([, value]) => value);
  canvas.line([first, others[0]].join(' · '), MARGIN, 74, { size: 11, color: COLORS.text, width });
  const [, timeZone, currency, madeAt] = aboutLines(content, page).slice(page.organizationName === '' ? 0 : 1);
  const details = [timeZone, currency, madeAt].flatMap((line) => (line ? [line.join(': ')] : []));
  canvas.line(details.join('   '), MARGIN, 92, { size: 8, color: COLORS.muted, width });
  canvas.y = 116;
}

function drawNotice(canvas: Canvas, notice: string): void {
  const options = { size: 8.5, color: COLORS.warning, width: canvas.width - 20 };
  const height = canvas.heightOf(notice, options) + 12;
  canvas.box(MARGIN, canvas.y, canvas.width, height, COLORS.warningSoft, 4);
  canvas.paragraph(notice, MARGIN + 10, canvas.y + 6, options);
  canvas.y += height + 6;
}

/** When all pages are there. */
function drawFooters(canvas: Canvas, title: string, { words }: Page): void {
  const { document, width } = canvas;
  const { start, count } = document.bufferedPageRange();
  for (let index = 0; index < count; index += 1) {
    document.switchToPage(start + index);
    const y = document.page.height - MARGIN - FOOTER / 2 + 10;
    canvas.rule(MARGIN, y - 7, width);
    canvas.line(title, MARGIN, y, { size: 7.5, color: COLORS.muted, width: width - 110 });
    canvas.line(words.page(index + 1, count), MARGIN + width - 100, y, {
      size: 7.5,
      color: COLORS.muted,
      align: 'right',
      width: 100,
    });
  }
}
