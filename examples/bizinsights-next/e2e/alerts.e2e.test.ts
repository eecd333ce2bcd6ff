import { expect } from 'vitest';
import { expectGoodPage } from './page-checks';
import { tabTo, test } from './person';
import { receivedMails } from './services';

test('leads from the mail of an alert to the alert, which is acknowledged by keyboard alone', async ({ visits }) => {
  const page = await visits.open('ann');
  const mail = (await receivedMails()).find(
    ({ subject, to }) => /high|critical/i.test(subject) && `${to}`.includes('ann'),
  );
  if (!mail) throw new Error('No mail of an alert has come');
  await page.goto('/mail');
  await page.locator(`a[href="/mail/${mail.id}"]`).click();
  await page.getByRole('heading', { level: 1, name: mail.subject }).waitFor();
  await expectGoodPage(page, 'mail-of-an-alert');
  const [alert] = await Promise.all([
    page.context().waitForEvent('page'),
    page.frameLocator('iframe').getByRole('link', { name: 'View details' }).click(),
  ]);
  await alert.getByText('open', { exact: true }).waitFor();
  const title = await alert.getByRole('heading', { level: 1 }).innerText();
  expect(mail.subject).toContain(title);
  await expectGoodPage(alert, 'alert');

  await tabTo(alert, alert.getByRole('button', { name: `Acknowledge: ${title}` }));
  await alert.keyboard.press('Enter');
  await alert.getByText('acknowledged', { exact: true }).waitFor();
  await alert.getByText(/Acknowledged by Ann Keller on/).waitFor();
  await alert.goto('/alerts?status=acknowledged');
  await alert.getByRole('link', { name: title }).waitFor();
});

test('an alert of an insight has the drivers that the insight has, as bars', async ({ visits }) => {
  const page = await visits.open('cleo');
  await page.goto('/insights');
  const cards = page.getByRole('main').locator('li.card');
  await cards.first().waitFor();
  const insights = new Map<string, string[]>();
  for (const card of await cards.all()) {
    const title = await card.getByRole('heading', { level: 2 }).innerText();
    insights.set(title, await card.locator('.drivers tbody th').allInnerTexts());
  }
  await page.goto('/alerts');
  const links = page.getByRole('main').locator('li.card h2 a');
  await links.first().waitFor();
  const addresses = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
  // Which alerts there are depends on the day: the one with most drivers is looked at.
  let most = { address: addresses[0] ?? '', count: -1 };
  for (const address of addresses) {
    await page.goto(address);
    await page.getByRole('heading', { level: 2, name: 'Where it comes from' }).waitFor();
    const heading = page.getByRole('heading', { level: 1 });
    const drivers = await page.locator('.drivers tbody th').allInnerTexts();
    expect(await page.locator('.drivers tbody .driver-bar').count()).toBe(drivers.length);
    const ofInsight = insights.get(await heading.innerText());
    if (ofInsight) {
      expect(drivers).toEqual(ofInsight);
      expect(await heading.getAttribute('lang')).toBe('en');
    }
    if (drivers.length > most.count) most = { address, count: drivers.length };
  }
  await page.goto(most.address);
  await expectGoodPage(page, 'alert-with-drivers');
});
