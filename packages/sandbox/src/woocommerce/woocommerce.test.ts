import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ platforms: ['woocommerce'], days: 10, ordersPerDay: 6 });
});
afterAll(() => sandbox.close());

function get(path: string, authorization?: string): Promise<Response> {
  const { consumerKey, consumerSecret } = sandbox.woocommerce.credentials;
  const basic = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
  return fetch(`${sandbox.woocommerce.url}/wp-json/wc/v3/${path}`, {
    headers: authorization === '' ? {} : { authorization: authorization ?? basic },
  });
}
const idsOf = async (path: string): Promise<number[]> => {
  const items: { id: number }[] = JSON.parse(await (await get(path)).text());
  return items.map(({ id }) => id);
};

describe('errors are those of WordPress', () => {
  it.each([
    ['orders', '', 401, 'woocommerce_rest_cannot_view'],
    ['orders', 'Basic Y2tfMTpjc18x', 401, 'woocommerce_rest_authentication_error'],
    ['orders?per_page=101', undefined, 400, 'rest_invalid_param'],
    ['orders?orderby=total', undefined, 400, 'rest_invalid_param'],
    ['orders?modified_after=yesterday', undefined, 400, 'rest_invalid_param'],
    ['orders/1', undefined, 404, 'woocommerce_rest_shop_order_invalid_id'],
    ['nothing', undefined, 404, 'rest_no_route'],
  ])('%s with %j', async (path, authorization, status, code) => {
    const response = await get(path, authorization);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code, data: { status } });
  });
});

it('keys may stand in the query', async () => {
  const { consumerKey, consumerSecret } = sandbox.woocommerce.credentials;
  expect((await get(`orders?consumer_key=${consumerKey}&consumer_secret=${consumerSecret}`, '')).status).toBe(200);
});

it('pages, totals and links', async () => {
  const { orders } = sandbox.shop;
  const response = await get('orders?page=2&per_page=7&orderby=id&order=asc');
  expect(response.headers.get('x-wp-total')).toBe(String(orders.length));
  expect(response.headers.get('x-wp-totalpages')).toBe(String(Math.ceil(orders.length / 7)));
  expect(response.headers.get('link')).toMatch(/page=1.*rel="prev".*page=3.*rel="next"/);
  expect(await idsOf('orders?page=2&per_page=7&orderby=id&order=asc')).toEqual(orders.slice(7, 14).map(({ id }) => id));
  expect(await idsOf('orders?offset=3&per_page=2&orderby=id&order=asc')).toEqual(
    orders.slice(3, 5).map(({ id }) => id),
  );
});

it('filters: status, ids, mail, times with GMT and without', async () => {
  const { orders, customers } = sandbox.shop;
  const [first, second] = orders;
  expect(await idsOf(`orders?include=${first?.id},${second?.id}&orderby=id&order=asc`)).toEqual([
    first?.id,
    second?.id,
  ]);
  const cancelled = orders.filter(({ payment }) => payment === 'void').map(({ id }) => id);
  expect((await idsOf('orders?status=cancelled&per_page=100')).sort()).toEqual(cancelled);
  expect(await idsOf(`customers?email=${customers[2]?.email}`)).toEqual([customers[2]?.id]);

  const at = orders[20]?.updatedAt ?? 0;
  const time = new Date(at).toISOString().slice(0, 19);
  const later = (moment: number) => orders.filter(({ updatedAt }) => updatedAt > moment).length;
  expect(await idsOf(`orders?modified_after=${time}&dates_are_gmt=true&per_page=100`)).toHaveLength(later(at));
  // The shop is an hour ahead of GMT: what looks like 10 o'clock there was 9.
  expect(await idsOf(`orders?modified_after=${time}&per_page=100`)).toHaveLength(later(at - 3_600_000));
  // With a zone, WordPress turns the time into the shop's own, and compares that with GMT.
  const shifted = await idsOf(`orders?modified_after=${time}Z&dates_are_gmt=true&per_page=100`);
  expect(shifted).toHaveLength(later(at + 3_600_000));
});
