import { afterEach, expect, it, vi } from 'vitest';
import { createReceiver } from './fixtures/receiver.js';
import { type Sandbox, type SandboxOptions, startSandbox } from './index.js';
import { DAY, dayOf, startOfDay } from './shop/calendar.js';

/** Two in the afternoon in the shop's zone. */
const NOW = Date.UTC(2026, 10, 24, 13);
const HOUR = 3_600_000;

let sandbox: Sandbox | undefined;
afterEach(async () => {
  await sandbox?.close();
  vi.useRealTimers();
});

async function start(options: SandboxOptions): Promise<Sandbox> {
  sandbox = await startSandbox({ platforms: ['stripe'], days: 40, ordersPerDay: 24, ...options });
  return sandbox;
}

it("goes with the machine's clock", async () => {
  const { now, shop, advance } = await start({ clock: 'real' });
  expect(Math.abs(now() - Date.now())).toBeLessThan(60_000);
  expect(Math.max(...shop.orders.map(({ updatedAt }) => updatedAt))).toBeLessThanOrEqual(now());
  expect(shop.orders.some(({ createdAt }) => createdAt > Date.now() - 2 * DAY)).toBe(true);
  expect(() => advance(1)).toThrow('moves on by itself');
});

it('orders come in at the time of day at which the shop has them', async () => {
  let time = NOW;
  const { shop, now } = await start({ clock: () => time });
  const whole = await startSandbox({ platforms: [], days: 40, ordersPerDay: 24, now: NOW });
  whole.advance(DAY);
  const placed = () =>
    shop.orders.filter(({ createdAt }) => createdAt > NOW).map(({ id, createdAt }) => ({ id, createdAt }));
  for (time = NOW + HOUR; time <= NOW + DAY; time += HOUR) {
    expect(now()).toBe(time);
    const expected = whole.shop.orders.filter(({ createdAt }) => createdAt > NOW && createdAt <= time);
    expect(placed()).toEqual(expected.map(({ id, createdAt }) => ({ id, createdAt })));
    // Nobody buys from eleven at night to six in the morning.
    for (const { createdAt } of placed()) expect(new Date(createdAt + HOUR).getUTCHours()).toBeGreaterThanOrEqual(6);
  }
  expect(placed().length).toBeGreaterThan(10);
  await whole.close();
});

it('catches up with a sleep of days, and does not go back with a clock that is set back', async () => {
  let time = NOW;
  const { shop, now } = await start({ clock: () => time });
  const orders = shop.orders.length;
  time += 3 * DAY + 500;
  expect(now()).toBe(NOW + 3 * DAY);
  const placedOn = new Set(shop.orders.slice(orders).map(({ createdAt }) => dayOf(createdAt)));
  expect([...placedOn].sort()).toEqual(['2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27']);
  time -= DAY;
  expect(now()).toBe(NOW + 3 * DAY);
});

it('a change by hand has a second of its own, and is not later than now where it can be', async () => {
  let time = NOW;
  const { shop, now, change } = await start({ clock: () => time });
  time += 2 * HOUR;
  now();
  time = startOfDay(time) + 23.5 * HOUR;
  change();
  expect(shop.products[0]?.updatedAt).toBe(time);
  change();
  expect(shop.products[1]?.updatedAt).toBe(time + 1_000);
  time += 5_000;
  expect(now()).toBe(time);
});

it('answers of a server are up to date without anybody asking for the time', async () => {
  let time = NOW;
  const { stripe, shop } = await start({ clock: () => time });
  const before = shop.orders.length;
  time += DAY;
  const headers = { authorization: `Bearer ${stripe.credentials.secretKey}` };
  await fetch(`${stripe.url}/v1/charges?limit=1`, { headers });
  expect(shop.orders.length).toBeGreaterThan(before);
});

it('moves on by a timer, which ends when the sandbox is closed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: NOW });
  const { shop } = await start({ clock: 'real' });
  const before = shop.orders.length;
  await vi.advanceTimersByTimeAsync(4 * HOUR);
  expect(shop.orders.length).toBeGreaterThan(before);
  expect(vi.getTimerCount()).toBe(1);
  await sandbox?.close();
  expect(vi.getTimerCount()).toBe(0);
});

it('tells what happens by webhooks, but not what lies more than ten minutes behind', async () => {
  const receiver = await createReceiver();
  let time = NOW;
  const { stripe, now, change } = await start({ clock: () => time });
  stripe.subscribe({ topics: 'charge.succeeded', to: receiver.url });
  time += DAY;
  now();
  change();
  const counts = () => stripe.subscriptions[0];
  await vi.waitFor(() => expect(counts()).toMatchObject({ pending: 0, failed: 0 }), { timeout: 30_000 });
  expect(counts()?.delivered).toBeGreaterThanOrEqual(1);
  expect(counts()?.delivered).toBeLessThan(4);
  await receiver.close();
});
