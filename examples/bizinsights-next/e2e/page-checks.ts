/** What must hold on every page: accessible in light and dark, and no wider than a phone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const PHONE = { width: 390, height: 844 };

/** A folder: each checked page is kept there as pictures in light, in dark and at phone width. */
const screenshots = process.env.E2E_SCREENSHOTS?.trim();

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** @param name of the pictures */
export async function expectGoodPage(page: Page, name: string): Promise<void> {
  const size = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, `${name} in ${colorScheme}`);
    await keep(page, `${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(PHONE);
  // Charts follow a frame later.
  await expect.poll(() => widthOf(page), { message: `width of ${name} on a phone` }).toBeLessThanOrEqual(PHONE.width);
  await expectAccessible(page, `${name} on a phone`);
  await keep(page, `${name}-phone`);
  if (size) await page.setViewportSize(size);
}

/** That a chart of the overview shows lines: it is a canvas, so its colours are counted. */
export async function expectDrawn(page: Page, figure: string): Promise<void> {
  const canvas = page.locator(`#${figure} canvas`);
  await canvas.waitFor();
  await expect
    .poll(() => canvas.evaluate(countColours), { message: `colours of the chart of ${figure}` })
    .toBeGreaterThan(2);
}

function countColours(canvas: Element): number {
  if (!(canvas instanceof HTMLCanvasElement)) return 0;
  // From a copy: Chromium warns of a canvas on the page that is read more than once.
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
  copy?.drawImage(canvas, 0, 0);
  const { data = [] } = copy?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
  const colours = new Set<string>();
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] === 255) colours.add(`${data[at]} ${data[at + 1]} ${data[at + 2]}`);
  return colours.size;
}

async function expectAccessible(page: Page, what: string): Promise<void> {
  // By the debugger and not by a script tag, which the page's policy refuses.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(async (): Promise<AxeResults> => {
    const { run } = Reflect.get(window, 'axe');
    return await run(document, { resultTypes: ['violations'], iframes: false });
  });
  const findings = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
  );
  expect(findings, `axe on ${what}`).toEqual([]);
}

function widthOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth);
}

async function keep(page: Page, name: string): Promise<void> {
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}
