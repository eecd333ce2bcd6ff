import { expect } from 'vitest';
import { expectDrawn, expectGoodPage } from './page-checks';
import { test } from './person';

test.for([
  ['integrations', '/integrations', 'Integrations'],
  ['insights', '/insights', 'Insights'],
  ['alerts', '/alerts', 'Alerts'],
  ['reports', '/reports', 'Reports'],
  ['jobs', '/jobs', 'Jobs'],
  ['mail', '/mail', 'Mail'],
  ['settings', '/settings', 'Settings'],
] as const)('the page %s is fine for everybody: light, dark, on a phone', async ([name, path, title], { visits }) => {
  const page = await visits.open('ann');
  await page.goto(path);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  if (name === 'jobs') await page.getByRole('heading', { name: 'Schedules' }).waitFor();
  await expectGoodPage(page, name);
});

test('the overview is fine for everybody, and its charts follow the period', async ({ visits }) => {
  const page = await visits.open('ann');
  await page.goto('/');
  for (const figure of ['revenue', 'orders', 'sessions', 'adSpend']) await expectDrawn(page, figure);
  await expectGoodPage(page, 'overview');
  await page.getByRole('link', { name: '7 days' }).click();
  await page.locator('a[aria-current=true]', { hasText: '7 days' }).waitFor();
  await page.locator('#revenue summary').click();
  await expect.poll(() => page.locator('#revenue tbody tr').count()).toBe(7);
  await expectDrawn(page, 'revenue');
});

test('an address that leads nowhere says so', async ({ visits }) => {
  const page = await visits.open('ann');
  await page.goto('/nowhere');
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  await expectGoodPage(page, 'not-found');
  // Chromium tells of the page's own status.
  expect(visits.problems.splice(0).join()).toMatch(/^[^,]*nowhere: console error: [^,]*404[^,]*$/);
});
