// What the sandbox does not bring about: answers by hand.
import { describe, expect, it } from 'vitest';
import type { PlatformHttp, PlatformResponse } from '../http/http.js';
import type { Json, Page, ReadOptions } from '../platform.js';
import { stripe } from './index.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const SECOND = NOW / 1_000;
const DAY = 86_400;

type Answer = (url: URL) => { readonly status?: number; readonly body: unknown };

/** Answers each request, and keeps what was asked. */
function answering(answer: Answer) {
  const asked: URL[] = [];
  const http: PlatformHttp = {
    async send({ url }): Promise<PlatformResponse> {
      asked.push(url);
      const { status = 200, body } = answer(url);
      return { status, headers: new Headers({ date: new Date(NOW).toUTCString() }), text: JSON.stringify(body) };
    },
  };
  return { http, asked };
}

async function read(http: PlatformHttp, name: string, options: Partial<ReadOptions> = {}): Promise<Page[]> {
  const stream = stripe.connect({ secretKey: 'sk_test_1' }, http).streams.find((one) => one.name === name);
  const pages: Page[] = [];
  const signal = AbortSignal.timeout(10_000);
  for await (const page of stream?.read({ mode: 'full', cursor: undefined, signal, now: () => NOW, ...options }) ??
    []) {
    pages.push(page);
  }
  return pages;
}

const list = (data: readonly unknown[], more = false) => ({ body: { object: 'list', data, has_more: more } });
const charge = (id: string, refunded: number, created = SECOND - 10 * DAY) => ({
  id,
  object: 'charge',
  amount: 1_000,
  amount_refunded: refunded,
  created,
  currency: 'eur',
  customer: { id: 'cus_expanded' },
  disputed: false,
  status: 'succeeded',
});
const customer = (id: string, created: number) => ({ id, object: 'customer', created, email: null, name: null });
const event = (id: string, type: string, object: unknown, created = SECOND - 60) => ({
  id,
  object: 'event',
  type,
  created,
  data: { object },
});
const cursor: Json = { version: 1, watermark: NOW - 3_600_000 };

describe('events', () => {
  it('of two events of one second the later one counts', async () => {
    const events = [
      event('evt_2', 'charge.refunded', charge('ch_1', 200)),
      event('evt_1', 'charge.refunded', charge('ch_1', 100)),
    ];
    const { http } = answering((url) => list(url.pathname === '/v1/events' ? events : []));
    const pages = await read(http, 'charges', { mode: 'incremental', cursor });
    expect(pages.flatMap(({ records }) => records)).toMatchObject([
      { id: 'ch_1', refunded: { amount: 200 }, customerId: 'cus_expanded', updatedAt: NOW - 60_000 },
    ]);
  });

  it('of several pages are read from the oldest on', async () => {
    // Five events, two a page.
    const events = [5, 4, 3, 2, 1].map((n) => event(`evt_${n}`, 'charge.refunded', charge('ch_1', n)));
    const { http } = answering((url) => {
      if (url.pathname !== '/v1/events') return list([]);
      const placeOf = (name: string) => events.findIndex(({ id }) => id === url.searchParams.get(name));
      if (url.searchParams.has('ending_before')) {
        const newer = events.slice(0, placeOf('ending_before'));
        return list(newer.slice(-2), newer.length > 2);
      }
      const older = events.slice(placeOf('starting_after') + 1);
      return list(older.slice(0, 2), older.length > 2);
    });
    const pages = await read(http, 'charges', { mode: 'incremental', cursor });
    const amounts = pages.flatMap(({ records }) => records.map((one) => one.kind === 'charge' && one.refunded.amount));
    expect(amounts).toEqual([1, 3, 5]);
    // Behind any page, what is newer.
    const resumed = await read(http, 'charges', { mode: 'incremental', cursor: pages[1]?.cursor });
    expect(
      resumed.flatMap(({ records }) => records.map((one) => one.kind === 'charge' && one.refunded.amount)),
    ).toEqual([3, 5]);
  });

  it('an event that is gone by now: the read goes on at the oldest', async () => {
    const { http } = answering((url) => {
      if (url.pathname !== '/v1/events') return list([]);
      if (!url.searchParams.has('ending_before')) return list([event('evt_9', 'charge.refunded', charge('ch_1', 9))]);
      return { status: 400, body: { error: { type: 'invalid_request_error', code: 'resource_missing' } } };
    });
    const position = {
      phase: 'events',
      after: { id: 'evt_1', created: SECOND },
      from: NOW - 3_600_000,
      asOf: NOW,
      eventsFrom: NOW - 3_600_000,
    };
    const open: Json = { version: 1, mode: 'incremental', watermark: NOW - 3_600_000, position };
    const pages = await read(http, 'charges', { mode: 'incremental', cursor: open });
    expect(pages.flatMap(({ records }) => records)).toMatchObject([{ id: 'ch_1', refunded: { amount: 9 } }]);
  });

  it('a customer who was deleted is deleted', async () => {
    const events = [
      event('evt_2', 'customer.deleted', customer('cus_1', 1)),
      event('evt_1', 'customer.updated', customer('cus_1', 1)),
    ];
    const { http } = answering((url) => list(url.pathname === '/v1/events' ? events : []));
    const [last] = (await read(http, 'customers', { mode: 'incremental', cursor })).slice(-1);
    expect(last).toMatchObject({ records: [], deleted: [{ kind: 'customer', id: 'cus_1', deletedAt: NOW - 60_000 }] });
  });
});

describe('the list', () => {
  it('goes on when the object that it stands at was deleted', async () => {
    const { http, asked } = answering((url) => {
      if (url.pathname === '/v1/events') return list([]);
      if (url.searchParams.has('created[lte]')) return list([customer('cus_2', SECOND - 20)]);
      if (!url.searchParams.has('starting_after')) return list([customer('cus_3', SECOND - 10)], true);
      return { status: 400, body: { error: { type: 'invalid_request_error', code: 'resource_missing' } } };
    });
    const pages = await read(http, 'customers');
    expect(pages.flatMap(({ records }) => records.map(({ id }) => id))).toEqual(['cus_3', 'cus_2']);
    expect(asked[2]?.searchParams.get('created[lte]')).toBe(String(SECOND - 10));
  });

  it('a read that was left for more than 30 days begins anew', async () => {
    const { http, asked } = answering(() => list([]));
    const old = NOW - 31 * DAY * 1_000;
    const position = { phase: 'list', after: { id: 'ch_1', created: 1 }, from: old, asOf: old, eventsFrom: old };
    await read(http, 'charges', {
      mode: 'incremental',
      cursor: { version: 1, mode: 'incremental', watermark: old, position },
    });
    expect([...(asked[0]?.searchParams.keys() ?? [])]).toEqual(['limit']);
  });

  it('`updatedAt` lies before the answer: what changes in that moment is not taken for older', async () => {
    const { http } = answering((url) => list(url.pathname === '/v1/events' ? [] : [charge('ch_1', 0)]));
    const [first] = await read(http, 'charges');
    expect(first?.records[0]?.updatedAt).toBe(NOW - 1_000);
  });
});
