import { expect } from 'vitest';
import { listJobs, listSchedules } from './monitoring';
import { sendAs, test } from './person';

const PAGES = ['/', '/integrations', '/insights', '/alerts', '/reports', '/jobs', '/mail', '/settings'];

/** Every member says whether an insight is useful. */
const THUMBS: readonly string[] = ['Useful', 'Not useful'];

test('a member is offered nothing to change but the own thumb for insights', async ({ visits }) => {
  const page = await visits.open('cleo');
  for (const path of PAGES) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expect.poll(() => page.getByRole('main').getByRole('status', { name: 'Loading' }).count()).toBe(0);
    const buttons = (await page.getByRole('main').getByRole('button').allInnerTexts()).map((text) => text.trim());
    const others = path === '/insights' ? buttons.filter((text) => !THUMBS.includes(text)) : buttons;
    expect(others, path).toEqual([]);
  }
});

test.for([
  ['/integrations', 'Sync now: Stripe'],
  ['/integrations', 'Disconnect Stripe'],
  ['/insights', 'Look again now'],
  ['/insights', 'Mute such insights: '],
  ['/alerts', 'Resolve: '],
  ['/reports', 'Make the report'],
  ['/reports', 'Add the schedule'],
  ['/settings', 'Save'],
  ['/settings', 'Change the role of Cleo Moreau'],
] as const)('the server refuses a member what the page %s offers an owner: %s', async ([path, button], { visits }) => {
  const page = await visits.open('ann');
  await page.goto(path);
  page.on('dialog', (dialog) => void dialog.accept());
  await sendAs(page, await visits.open('cleo'));
  await page.getByRole('main').getByRole('button', { name: button }).first().click();
  await page.getByRole('alert').filter({ hasText: 'Your role does not allow this.' }).waitFor();
});

test('the API refuses a member each change', async ({ visits }) => {
  const { request } = await visits.open('cleo');
  const [job] = await listJobs('data-sync', 'completed');
  const [schedule] = await listSchedules();
  const key = encodeURIComponent(schedule?.key ?? '');
  for (const path of [
    ...['pause', 'resume', 'empty', 'clean'].map((action) => `/data-sync?action=${action}`),
    '/monitoring/retry',
    `/data-sync/jobs/${job?.id}?action=retry`,
    ...['run', 'pause', 'resume'].map((action) => `/schedules/${key}?action=${action}`),
  ]) {
    const response = await request.post(`/api/jobs${path}`);
    expect([path, response.status(), (await response.json()).error.code]).toEqual([path, 403, 'FORBIDDEN']);
  }
});
