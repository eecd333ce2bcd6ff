import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { listJobs } from './monitoring';
import { sendAs, test } from './person';
import { receivedMails } from './services';

const PAGES = ['/', '/integrations', '/insights', '/alerts', '/reports', '/jobs', '/mail', '/settings'];
const QUEUES = [
  'data-sync',
  'insights-generation',
  'insight-digests',
  'webhook-processing',
  'report-generation',
  'email-sending',
  'alerts',
];

interface Belongings {
  readonly alert: { readonly path: string; readonly title: string };
  /** Of a report's file. */
  readonly file: string;
  /** What stands on the pages of the organization and of no other. */
  readonly words: readonly string[];
}

/** What Ann sees of her organization. */
async function belongingsOf(page: Page): Promise<Belongings> {
  await page.goto('/integrations');
  const ids = await page
    .locator('main input[name=id]')
    .evaluateAll((inputs) => inputs.map((input) => input.getAttribute('value') ?? ''));
  await page.goto('/reports');
  const file = await page
    .getByRole('link', { name: /^Download/ })
    .first()
    .getAttribute('href');
  await page.goto('/alerts');
  const link = page.locator('main h2 a').first();
  const [path, title] = [await link.getAttribute('href'), await link.innerText()];
  if (!file || !path) throw new Error('Ann has no report, or no alert');
  return {
    alert: { path, title },
    file,
    words: [...ids, file, path, title, 'Glaze & Co', 'Ann Keller', 'ann@glaze.example'],
  };
}

test('nothing of another organization is on the pages, nor behind its addresses', async ({ visits }) => {
  const ann = await visits.open('ann');
  const { alert, file, words } = await belongingsOf(ann);
  const mails = (await receivedMails()).filter(({ to }) => to.includes('ann@glaze.example'));
  const eve = await visits.open('eve');
  for (const path of [...PAGES, alert.path, `/mail/${mails[0]?.id}`]) {
    const text = await (await eve.request.get(path)).text();
    for (const word of [...words, ...mails.map(({ subject }) => subject)]) {
      expect(text.replaceAll('&amp;', '&'), `${word} on ${path}`).not.toContain(word);
    }
  }
  expect((await eve.request.get(file)).status()).toBe(404);
  expect((await eve.request.get(`/mail/${mails[0]?.id}/content`)).status()).toBe(404);
  // Also the address that Ann's click led to, which is signed.
  const { headers } = await ann.request
    .get(file, { maxRedirects: 0 })
    .then((response) => ({ headers: response.headers() }));
  expect((await ann.request.get(headers.location ?? '')).status()).toBe(200);
  expect((await eve.request.get(headers.location ?? '')).status()).toBe(404);
});

test('the API lists no job and no schedule of another organization, and acts on none', async ({ visits }) => {
  const { request } = await visits.open('eve');
  const isOf = (organization: string) => (value: unknown) => JSON.stringify(value).includes(`"${organization}"`);
  for (const queue of QUEUES) {
    for (const state of ['completed', 'failed', 'waiting', 'active', 'delayed']) {
      const answer = await (await request.get(`/api/jobs/${queue}/jobs?state=${state}&limit=100`)).text();
      expect(answer).not.toMatch(/"glaze"|glaze\.example/);
    }
  }
  const job = (await listJobs('data-sync', 'completed')).find(isOf('glaze'));
  expect((await request.get(`/api/jobs/data-sync/jobs/${job?.id}`)).status()).toBe(404);
  expect((await request.post(`/api/jobs/data-sync/jobs/${job?.id}?action=retry`)).status()).toBe(404);
});

test.for([
  ['/integrations', 'Sync now: Stripe', 'There is no such integration any more.'],
  ['/insights', 'Useful: ', 'There is no such insight any more.'],
  ['/alerts', 'Resolve: ', 'There is no such alert any more.'],
] as const)(
  'a change of what another organization has on %s finds nothing',
  async ([path, button, answer], { visits }) => {
    const page = await visits.open('ann');
    await page.goto(path);
    await sendAs(page, await visits.open('eve'));
    await page.getByRole('main').getByRole('button', { name: button }).first().click();
    await page.getByRole('alert').filter({ hasText: answer }).waitFor();
  },
);
