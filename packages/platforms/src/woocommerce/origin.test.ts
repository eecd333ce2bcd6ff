import { describe, expect, it } from 'vitest';
import { sortRecords } from '../records/sort-records.js';
import { countryOf, wooChannelOf } from './origin.js';
import { orderReader } from './records.js';

const meta = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).map(([name, value], id) => ({ id, key: `_wc_order_attribution_${name}`, value }));
const channel = (values: Readonly<Record<string, unknown>>, createdVia?: string) =>
  wooChannelOf({ created_via: createdVia, meta_data: meta(values) });

describe('the country', () => {
  it.each([
    [{ billing: { country: 'DE' }, shipping: { country: 'AT' } }, 'DE'],
    [{ billing: { country: '' }, shipping: { country: 'AT' } }, 'AT'],
    [{ billing: { country: ' ch ' } }, 'CH'],
    [{ billing: { country: 'Germany' }, shipping: [] }, undefined],
    [{ billing: null, shipping: 'somewhere' }, undefined],
    [{ billing: { country: 49 }, shipping: { country: null } }, undefined],
    [{}, undefined],
  ])('%j is of %s', (order, country) => expect(countryOf(order)).toBe(country));
});

describe('the channel', () => {
  it.each([
    [{ source_type: 'organic', utm_source: 'google', utm_medium: 'organic' }, 'Organic Search'],
    [{ source_type: 'typein', utm_source: '(direct)', utm_medium: '(none)' }, 'Direct'],
    [{ source_type: 'typein' }, 'Direct'],
    [{ source_type: 'utm', utm_source: 'facebook', utm_medium: 'paid_social' }, 'Paid Social'],
    [{ source_type: 'utm', utm_source: 'newsletter', utm_medium: 'email' }, 'Email'],
    [{ source_type: 'utm', utm_source: 'google', utm_medium: 'cpc', utm_campaign: 'spring' }, 'Paid Search'],
    [{ source_type: 'referral', utm_source: 'blog.example', referrer: 'https://blog.example/' }, 'Referral'],
    [{ source_type: 'referral', utm_source: 'm.facebook.com', utm_medium: 'referral' }, 'Organic Social'],
    [{ source_type: 'admin' }, 'Admin'],
    [{ source_type: 'mobile_app', utm_source: '(direct)' }, 'Mobile app'],
    [{}, undefined],
  ])('%j is %s', (values, expected) => expect(channel(values, 'checkout')).toBe(expected));

  it.each([
    ['admin', {}, 'Admin'],
    ['pos-rest-api', { source_type: 'mobile_app' }, 'Point of sale'],
    ['rest-api', {}, 'Other'],
    // A shop with a front of its own hands on what it knows of the visit.
    ['rest-api', { source_type: 'utm', utm_source: 'newsletter', utm_medium: 'email' }, 'Email'],
    // The platform has said it of the visit: what the shop did by hand is no channel then.
    ['admin', { source_type: 'organic', utm_source: 'bing', utm_medium: 'organic' }, 'Organic Search'],
    ['subscription', {}, undefined],
    ['constructor', {}, undefined],
  ])('an order that was created via %s, with %j, is of %s', (via, values, expected) =>
    expect(channel(values, via)).toBe(expected),
  );

  it.each([
    ['nothing', undefined],
    ['a text', 'meta'],
    ['what is no list of pairs', [null, 1, 'x', [], { key: 7 }, { key: '_wc_order_attribution_source_type' }]],
    ['values that are no texts', meta({ source_type: { a: 1 }, utm_source: 5, utm_medium: ['cpc'], referrer: null })],
    ['a value of any length', meta({ utm_campaign: 'x'.repeat(100_000) })],
  ])('is not there where the order has %s', (_what, metaData) =>
    expect(wooChannelOf({ created_via: 'checkout', meta_data: metaData })).toBeUndefined(),
  );

  it('is found in a list that PHP has written as an object, and is the first of several', () => {
    const [first, second] = [...meta({ source_type: 'typein' }), ...meta({ source_type: 'admin' })];
    expect(wooChannelOf({ meta_data: { 0: { key: 'x', value: 1 }, 3: first, 4: second } })).toBe('Direct');
  });
});

it('an order whose parts a plugin has bent is read all the same', () => {
  const order = {
    id: 1,
    number: '1',
    status: 'completed',
    currency: 'EUR',
    date_created_gmt: '2026-11-20T19:28:02',
    date_modified_gmt: '2026-11-20T19:30:00',
    total: '1.00',
    customer_id: 0,
    line_items: [],
    billing: [],
    shipping: 'none',
    created_via: 7,
    meta_data: { key: 'x' },
  };
  const { records, rejected } = sortRecords(orderReader, [order]);
  expect(rejected).toEqual([]);
  expect(records[0]).not.toHaveProperty('country');
  expect(records[0]).not.toHaveProperty('channel');
});
