import { expect } from 'vitest';
import { test } from './person';

test('an insight says what was found, and shows the figures behind it', async ({ visits }) => {
  const page = await visits.open('cleo');
  await page.goto('/insights');
  const insight = page.getByRole('main').getByRole('listitem').first();
  await insight.getByRole('heading', { level: 2 }).waitFor();
  expect(await insight.innerText()).toMatch(/(high|medium|low) impact/);
  const facts = insight.getByRole('definition');
  expect((await facts.allInnerTexts()).every((fact) => fact.trim() !== '')).toBe(true);
  await insight.getByText('Figures behind this').click();
  expect(await insight.getByRole('row').count()).toBeGreaterThan(7);
});

test('looks at the figures again when asked', async ({ visits }) => {
  const page = await visits.open('bob');
  await page.goto('/insights');
  await page.getByLabel('Period to look at').selectOption('90d');
  await page.getByRole('button', { name: 'Look again now' }).click();
  await page.getByText(/The figures are being looked at/).waitFor();
});
