import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { expectGoodPage } from './page-checks';
import { test } from './person';

const cards = (page: Page) => page.getByRole('main').locator('li.card');

/** By its id: a run of the demo may put others before it. */
async function firstInsight(page: Page) {
  await page.goto('/insights');
  const id = await cards(page).first().getAttribute('id');
  return page.locator(`li[id="${id}"]`);
}

test('an insight says what was found and why it is reported, and shows the figures behind it', async ({ visits }) => {
  const page = await visits.open('cleo');
  const insight = await firstInsight(page);
  await insight.getByRole('heading', { level: 2 }).waitFor();
  expect(await insight.innerText()).toMatch(/(high|medium|low) impact/);
  const facts = insight.getByRole('definition');
  expect((await facts.allInnerTexts()).every((fact) => fact.trim() !== '')).toBe(true);
  await insight.getByText('Why am I told this?').click();
  await insight.getByText(/its rank is/).waitFor();
  await insight.getByText('Figures behind this').click();
  expect(await insight.getByRole('row').count()).toBeGreaterThan(7);
  await expectGoodPage(page, 'insights-opened');
});

test('each insight of which days are known has its chart, and drivers have bars', async ({ visits }) => {
  const page = await visits.open('cleo');
  await page.goto('/insights');
  await cards(page).first().waitFor();
  for (const insight of await cards(page).all()) {
    const hasFigures = (await insight.getByText('Figures behind this').count()) > 0;
    expect(await insight.getByRole('img', { name: /day by day/ }).count()).toBe(hasFigures ? 1 : 0);
    expect(await insight.locator('svg path.band-chart-line').count()).toBe(hasFigures ? 1 : 0);
    const drivers = await insight.locator('.drivers tbody tr').count();
    expect(await insight.locator('.drivers tbody .driver-bar').count()).toBe(drivers);
  }
});

test('a thumb is kept after a reload, and can be taken back', async ({ visits }) => {
  const page = await visits.open('cleo');
  const insight = await firstInsight(page);
  const useful = insight.getByRole('button', { name: /^Useful: / });
  const expectPressed = (isPressed: boolean) =>
    expect.poll(() => useful.getAttribute('aria-pressed')).toBe(String(isPressed));
  await useful.click();
  await expectPressed(true);
  await page.reload();
  await expectPressed(true);
  // It is hers alone.
  const bob = await visits.open('bob');
  await bob.goto('/insights');
  await cards(bob).first().waitFor();
  expect(await bob.locator('button[aria-pressed=true]').count()).toBe(0);
  await useful.click();
  await expectPressed(false);
  await page.reload();
  await expectPressed(false);
});

test('an admin mutes a kind: what was told stays, the mute is listed, and can be undone', async ({ visits }) => {
  const page = await visits.open('bob');
  const insight = await firstInsight(page);
  const id = await insight.getAttribute('id');
  page.on('dialog', (dialog) => dialog.accept());
  await insight.getByRole('button', { name: /^Mute such insights: / }).click();
  const muted = page.getByText('Muted insights (1)');
  await muted.waitFor();
  await insight.waitFor();

  const cleo = await visits.open('cleo');
  await cleo.goto('/insights');
  await cleo.locator(`li[id="${id}"]`).waitFor();
  await cleo.getByText('Muted insights (1)').click();
  expect(await cleo.getByRole('button', { name: /^Mute/ }).count()).toBe(0);
  expect(await cleo.getByRole('button', { name: /^Show again/ }).count()).toBe(0);

  await muted.click();
  await page.getByRole('button', { name: /^Show again/ }).click();
  await muted.waitFor({ state: 'detached' });
  await insight.waitFor();
});

test('looks at the figures again when asked', async ({ visits }) => {
  const page = await visits.open('bob');
  await page.goto('/insights');
  await page.getByLabel('Period to look at').selectOption('90d');
  await page.getByRole('button', { name: 'Look again now' }).click();
  await page.getByText(/The figures are being looked at/).waitFor();
});
