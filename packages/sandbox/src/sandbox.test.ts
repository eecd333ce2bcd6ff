import { createPlatformHttp } from '@bizinsights/jobs-platforms';
import { afterEach, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from './index.js';
import { DAY, dayOf } from './shop/calendar.js';
import { openShop } from './shop/open-shop.js';
import type { ShopTraffic } from './shop/shop.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const OPTIONS = { seed: 1, days: 60, ordersPerDay: 8, now: NOW };
const all = ({ shop }: ReturnType<typeof openShop>) => JSON.stringify([shop, shop.traffic(), shop.campaignDays()]);

let sandbox: Sandbox | undefined;
afterEach(() => sandbox?.close());

it('the same seed gives the same shop, another another', () => {
  expect(all(openShop(OPTIONS))).toBe(all(openShop(OPTIONS)));
  expect(all(openShop({ ...OPTIONS, seed: 2 }))).not.toBe(all(openShop(OPTIONS)));
});

it('it does not matter in which steps time moves', () => {
  const whole = openShop(OPTIONS);
  const stepwise = openShop(OPTIONS);
  whole.advance(9 * DAY);
  for (let hour = 0; hour < 9 * 24; hour++) stepwise.advance(DAY / 24);
  expect(all(stepwise)).toBe(all(whole));
});

it('what lies behind stays when time moves on', () => {
  const running = openShop(OPTIONS);
  const before = running.shop.orders.map(({ id, createdAt, total }) => ({ id, createdAt, total }));
  running.advance(5 * DAY);
  const after = running.shop.orders.map(({ id, createdAt, total }) => ({ id, createdAt, total }));
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.length).toBeGreaterThan(before.length + 20);
  expect(running.shop.orders.every(({ updatedAt }) => updatedAt <= running.now())).toBe(true);
});

it('a year has seasons, growth, incidents, refunds, cancellations and disputes', () => {
  const { shop } = openShop({ ...OPTIONS, days: 700 });
  const quiet = openShop({ ...OPTIONS, days: 700, isWanted: () => false }).shop;
  const ofMonth = (month: string) =>
    quiet.orders.filter(({ createdAt }) => new Date(createdAt).toISOString().startsWith(month)).length;
  expect(ofMonth('2025-12')).toBeGreaterThan(ofMonth('2025-07') * 1.4);
  expect(ofMonth('2026-09')).toBeGreaterThan(ofMonth('2025-09') * 1.1);
  expect(new Set(shop.incidents.map(({ kind }) => kind)).size).toBe(5);
  const payments = new Set(shop.orders.map(({ payment }) => payment));
  expect([...payments].sort()).toEqual(expect.arrayContaining(['paid', 'partially-refunded', 'refunded', 'void']));
  expect(shop.orders.some(({ disputed }) => disputed)).toBe(true);
});

it('visits and orders are of one shop', () => {
  const { shop } = openShop(OPTIONS);
  const paid = shop.orders.filter(({ payment }) => payment !== 'pending' && payment !== 'void');
  const traffic = shop.traffic();
  expect(traffic.reduce((sum, { keyEvents }) => sum + keyEvents, 0)).toBe(paid.length);
  expect(traffic.reduce((sum, { revenue }) => sum + revenue, 0)).toBe(paid.reduce((sum, { total }) => sum + total, 0));
  expect(traffic.every(({ sessions, users, keyEvents }) => sessions >= users && users >= keyEvents)).toBe(true);
});

it('a change is also one of campaigns, of their past days, and of where visits came from', () => {
  const { shop, change, now } = openShop(OPTIONS);
  const statusOf = () => shop.campaigns.map(({ status }) => status);
  const [statuses, days, traffic] = [statusOf(), shop.campaignDays(), shop.traffic()];
  change();
  expect(statusOf()).toEqual(['paused', ...statuses.slice(1), 'active']);
  const known = new Map(days.map((row) => [`${row.campaignId}/${row.day}`, row.conversions]));
  const late = shop.campaignDays().filter((row) => row.conversions - 1 === known.get(`${row.campaignId}/${row.day}`));
  expect(late.map(({ day }) => day)).toEqual([dayOf(now() - 27 * DAY)]);
  const keyOf = ({ day, channel, country }: ShopTraffic) => `${day}/${channel}/${country}`;
  const left = new Set(shop.traffic().map(keyOf));
  const gone = traffic.filter((row) => !left.has(keyOf(row)));
  expect(gone.map(({ day }) => day)).toEqual([dayOf(now() - 3 * DAY)]);
  const sessions = (rows: typeof traffic) =>
    rows.filter(({ day }) => day < dayOf(now())).reduce((sum, row) => sum + row.sessions, 0);
  expect(sessions(shop.traffic())).toBe(sessions(traffic));
});

it('what is removed is gone from its list, and its id comes no more; payments and visits stay', () => {
  const { shop, change, remove } = openShop(OPTIONS);
  const lists = [shop.orders, shop.products, shop.customers] as const;
  const oldest = lists.map(([first]) => first?.id);
  const newest = Math.max(...shop.orders.map(({ id }) => id));
  const past = () => shop.traffic().filter(({ day }) => day < dayOf(OPTIONS.now));
  const before = past();
  remove();
  expect(lists.map(([first]) => first?.id)).not.toEqual(oldest);
  expect(shop.placedOrders[0]?.id).toBe(oldest[0]);
  expect(past()).toEqual(before);
  expect(shop.customerEvents.at(-1)).toMatchObject({ kind: 'deleted', customer: { id: oldest[2] } });
  expect(shop.campaigns.map(({ status }) => status)).toEqual(['deleted', 'active', 'active']);
  change();
  expect(shop.orders.at(-1)?.id).toBe(newest + 1);
});

it('an answer that never comes is given up at the client’s time limit', async () => {
  sandbox = await startSandbox({ platforms: ['stripe'], days: 1 });
  const { stripe, baseUrls } = sandbox;
  const http = createPlatformHttp({ baseUrls, timeout: 50 });
  const headers = { authorization: `Bearer ${stripe.credentials.secretKey}` };
  const url = new URL('/v1/charges', stripe.url);
  stripe.faults.push('hang');
  const sent = http.send({ platform: 'stripe', url, headers, signal: AbortSignal.timeout(20_000) });
  await expect(sent).rejects.toThrow('no whole answer within 50 ms');
});

it('a fault is for one request; a revoked token is for all until it is given back', async () => {
  sandbox = await startSandbox({ platforms: ['stripe'], days: 5 });
  const { stripe } = sandbox;
  const get = async () => {
    const headers = { authorization: `Bearer ${stripe.credentials.secretKey}` };
    const response = await fetch(`${stripe.url}/v1/charges`, { headers });
    return { status: response.status, type: response.headers.get('content-type'), date: response.headers.get('date') };
  };
  stripe.faults.push('rate-limited', 'server-error', 'not-json', { response: { status: 418, body: {} } }, { delay: 5 });
  const statuses = [];
  for (let request = 0; request < 6; request++) statuses.push((await get()).status);
  expect(statuses).toEqual([429, 500, 200, 418, 200, 200]);
  stripe.faults.push('cut');
  await expect(get()).rejects.toThrow('fetch failed');
  stripe.accessLost = true;
  expect((await get()).status).toBe(401);
  stripe.accessLost = false;
  expect(await get()).toMatchObject({ status: 200, date: new Date(sandbox.now()).toUTCString() });
  expect(stripe.requests.map(({ status }) => status)).toEqual([429, 500, 200, 418, 200, 200, undefined, 401, 200]);
});

it('a server that was not started is missed only where it is asked for', async () => {
  sandbox = await startSandbox({ platforms: ['stripe'], days: 1 });
  expect({ ...sandbox }.baseUrls).toEqual({ stripe: sandbox.stripe.url });
  expect(() => sandbox?.shopify).toThrow("startSandbox({ platforms: ['shopify', …] })");
  await expect(sandbox.stripe.sendWebhook('nothing', { to: 'http://127.0.0.1:1' })).rejects.toThrow(TypeError);
});
