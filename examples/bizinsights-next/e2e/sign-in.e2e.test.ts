import { expect } from 'vitest';
import { expectGoodPage } from './page-checks';
import { PEOPLE, signIn, test } from './person';

test.for(['ann', 'bob', 'cleo'] as const)('%s signs in, with the role of their own', async (who, { visits }) => {
  const page = await visits.open();
  await signIn(page, PEOPLE[who]);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  const role = { ann: 'owner', bob: 'admin', cleo: 'member' }[who];
  expect(await page.locator('.account').innerText()).toMatch(new RegExp(`Glaze & Co\\s+\\w+ \\w+ · ${role}`));
});

test('refuses a wrong password, and does not say which of the two is wrong', async ({ visits }) => {
  const page = await visits.open();
  for (const email of [PEOPLE.ann, 'nobody@glaze.example']) {
    await signIn(page, email, 'guessed');
    await page.getByRole('alert').getByText('Email address or password is wrong.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/sign-in');
  }
  await expectGoodPage(page, 'sign-in');
});

test('leads who is not signed in to the sign-in page, and answers the API 401', async ({ visits }) => {
  const page = await visits.open();
  for (const path of ['/', '/jobs', '/reports', '/alerts/1', '/mail/1']) {
    await page.goto(path);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
  }
  expect((await page.request.get('/api/jobs/monitoring')).status()).toBe(401);
});

test('signs out: the pages and the API are closed again', async ({ visits }) => {
  const page = await visits.open();
  await signIn(page, PEOPLE.bob);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  await page.goto('/jobs');
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  expect((await page.request.get('/api/jobs/monitoring')).status()).toBe(401);
});

test('is used by keyboard alone', async ({ visits }) => {
  const page = await visits.open();
  await page.goto('/sign-in');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.type(PEOPLE.cleo);
  await page.keyboard.press('Tab');
  await page.keyboard.type('bizinsights');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').innerText()).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  expect(await page.locator(':focus').getAttribute('id')).toBe('content');
});
