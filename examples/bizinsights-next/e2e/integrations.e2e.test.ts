import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { expectDrawn, expectGoodPage } from './page-checks';
import { test } from './person';
import { delayAnswers, setAccess } from './services';

/** The card of a platform on the page of integrations. */
const cardOf = (page: Page, name: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 2, name }) });

test('connects a platform, shows its sync as it goes on, and then the figures', async ({ visits }) => {
  const page = await visits.open('dan');
  await page.goto('/');
  await page.getByRole('heading', { name: 'No figures yet' }).waitFor();
  await expectGoodPage(page, 'overview-empty');

  await page.getByRole('link', { name: 'To the integrations' }).click();
  const card = cardOf(page, 'Shopify');
  await card.getByText('not connected').waitFor();
  await expectGoodPage(page, 'integrations-empty');
  await delayAnswers('shopify', { answers: 12, ms: 1_000 });
  await page.getByRole('button', { name: 'Connect Shopify' }).click();
  await card.getByText('connected', { exact: true }).waitFor();
  await page.getByRole('progressbar', { name: 'Progress of the sync of Shopify' }).waitFor();
  const seen = new Set<string>();
  await expect
    .poll(async () => {
      for (const text of await card.getByText(/\d+ (of \d+ )?records/).allInnerTexts()) seen.add(text);
      return seen.size;
    })
    .toBeGreaterThan(1);
  await page.getByRole('progressbar').waitFor({ state: 'detached' });
  await expect.poll(() => card.getByText('none yet').count()).toBe(0);

  await page.getByRole('link', { name: 'Overview' }).click();
  await expectDrawn(page, 'revenue');
  expect(await page.locator('.tile', { hasText: 'Revenue' }).innerText()).toMatch(/\$[\d,]+\.\d\d/);
  await expectGoodPage(page, 'overview-one-platform');
});

test('syncs when asked', async ({ visits }) => {
  const page = await visits.open('bob');
  await page.goto('/integrations');
  await page.getByRole('button', { name: 'Sync now: Stripe' }).click();
  await cardOf(page, 'Stripe').getByText('The sync has begun.').waitFor();
});

test('says plainly that access is lost and what to do, and reads on when it is connected again', async ({ visits }) => {
  const bob = await visits.open('bob');
  const cleo = await visits.open('cleo');
  const card = cardOf(bob, 'Google Analytics');
  onTestFinished(() => setAccess('google-analytics', { isLost: false }));
  await setAccess('google-analytics', { isLost: true });
  await bob.goto('/integrations');
  await bob.getByRole('button', { name: 'Sync now: Google Analytics' }).click();
  await card.getByText('Google Analytics no longer lets us read this account.').waitFor();
  await card.getByText('when it is connected again').waitFor();
  await expectGoodPage(bob, 'integrations-access-lost');
  await cleo.goto('/integrations');
  await cardOf(cleo, 'Google Analytics').getByText('Ask an owner or an admin to connect it again.').waitFor();

  await setAccess('google-analytics', { isLost: false });
  await card.getByRole('button', { name: 'Connect again: Google Analytics' }).click();
  await card.getByText('connected', { exact: true }).waitFor();
  await card.getByText('no longer lets us read').waitFor({ state: 'detached' });
  await card.getByRole('button', { name: 'Sync now: Google Analytics' }).waitFor();
});
