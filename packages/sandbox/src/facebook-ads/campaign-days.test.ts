import { dayIn } from '@bizinsights/jobs-core';
import {
  addDays,
  type Json,
  type Page,
  PlatformResponseError,
  RateLimitError,
  type ReadOptions,
} from '@bizinsights/jobs-platforms';
import { createFacebookAds } from '@bizinsights/jobs-platforms/facebook-ads';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';

const DAY = 86_400_000;

let sandbox: Sandbox;
afterEach(() => sandbox?.close());

async function open(days: number) {
  sandbox = await startSandbox({ platforms: ['facebook-ads'], days, ordersPerDay: 1 });
  return sandbox['facebook-ads'];
}

function connectStream(send = sandbox.http.send) {
  const platform = createFacebookAds({ pollDelay: 1 });
  const { streams } = platform.connect(sandbox['facebook-ads'].credentials, { ...sandbox.http, send });
  const stream = streams.find(({ name }) => name === 'campaign-days');
  if (!stream) throw new Error('no stream');
  return stream;
}

async function read(options: Partial<ReadOptions> = {}, stream = connectStream()) {
  const pages: Page[] = [];
  let cursor: Json | undefined;
  const signal = AbortSignal.timeout(20_000);
  for await (const page of stream.read({ mode: 'full', cursor: undefined, signal, now: sandbox.now, ...options })) {
    pages.push(page);
    ({ cursor } = page);
  }
  const records = pages.flatMap((page) => page.records);
  return {
    pages,
    cursor,
    records,
    days: [...new Set(records.flatMap((one) => ('day' in one ? [one.day] : [])))].sort(),
  };
}

const isComplete = (ids: readonly { readonly id: string }[]) => {
  const all = sandbox.shop.campaignDays().map(({ campaignId, day }) => `${campaignId}/${day}`);
  expect(ids.map(({ id }) => id).sort()).toEqual(all.sort());
};
const ranges = () =>
  sandbox['facebook-ads'].requests
    .map(({ path, body }) => new URLSearchParams(body || path.split('?')[1]).get('time_range'))
    .filter((range) => range !== null);

/** Answers in the sandbox's place where it has something to say. */
function instead(answer: (request: { url: URL; method: string }) => object | undefined) {
  return connectStream(async (request) => {
    const body = answer({ url: request.url, method: request.method ?? 'GET' });
    if (!body) return sandbox.http.send(request);
    return { status: 'error' in body ? 400 : 200, headers: new Headers(), text: JSON.stringify(body) };
  });
}
const tooLarge = { error: { message: 'Please reduce', type: 'OAuthException', code: 100, error_subcode: 1_504_018 } };

describe('how much is asked for', () => {
  it('few days directly, and 28 of them come again', async () => {
    const server = await open(60);
    const { cursor } = await read();
    const before = server.requests.length;
    sandbox.advance(DAY);
    const { days } = await read({ mode: 'incremental', cursor });
    const today = dayIn(sandbox.shop.zone, sandbox.now());
    expect([days[0], days.at(-1), days.length]).toEqual([addDays(today, -29), today, 30]);
    expect(server.requests.slice(before).every(({ method }) => method === 'GET')).toBe(true);
  });

  it('28 days are provisional: those that come again, however long it takes', async () => {
    await open(60);
    const { pages, cursor } = await read();
    const first = addDays(dayIn(sandbox.shop.zone, sandbox.now()), -28);
    expect(pages.map(({ provisionalFrom }) => provisionalFrom)).toEqual([
      ...pages.slice(1).map(() => undefined),
      first,
    ]);
    sandbox.advance(40 * DAY);
    const later = await read({ mode: 'incremental', cursor });
    expect(later.days[0]).toBe(first);
    expect(later.pages.at(-1)?.provisionalFrom).toBe(addDays(first, 40));
  });

  it('many days as reports', async () => {
    const server = await open(200);
    isComplete((await read()).records);
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });

  it('no more than is kept, and nothing before `since`', async () => {
    await open(1_300);
    const { days } = await read({ since: 0 });
    expect(days[0]).toBe('2023-10-25');
    const since = sandbox.now() - 3 * DAY;
    expect((await read({ since })).days[0]).toBe(dayIn(sandbox.shop.zone, since));
  });

  it('and the last page says how far back that is, where the account is older', async () => {
    await open(1_300);
    const { pages, cursor } = await read();
    expect(pages.at(-1)?.reach).toEqual({ fromDay: '2023-10-25' });
    expect(pages.slice(0, -1).filter(({ reach }) => reach)).toEqual([]);
    // The same where another attempt goes on.
    const resumed = await read({ cursor: pages.at(-2)?.cursor });
    expect(resumed.pages.map(({ reach }) => reach)).toEqual([{ fromDay: '2023-10-25' }]);
    const since = sandbox.now() - 3 * DAY;
    const fromDay = dayIn(sandbox.shop.zone, since);
    expect((await read({ since, cursor })).pages.at(-1)?.reach).toEqual({ fromDay });
    await sandbox.close();
    await open(60);
    expect((await read()).pages.at(-1)).not.toHaveProperty('reach');
  });
});

describe('too much at once', () => {
  const daysOf = (url: URL) => {
    const { since, until } = JSON.parse(url.searchParams.get('time_range') ?? '{}');
    return (Date.parse(until) - Date.parse(since)) / DAY + 1;
  };

  it('half as many days are asked for, until it is not', async () => {
    await open(20);
    const stream = instead(({ url }) => (url.pathname.endsWith('/insights') && daysOf(url) > 6 ? tooLarge : undefined));
    isComplete((await read({}, stream)).records);
    expect(ranges().length).toBeGreaterThanOrEqual(4);
  });

  it('a single day that is too much is made in the background', async () => {
    const server = await open(5);
    const stream = instead(({ url }) => (url.searchParams.has('time_range') ? tooLarge : undefined));
    isComplete((await read({}, stream)).records);
    expect(server.requests.filter(({ method }) => method === 'POST')).not.toHaveLength(0);
  });

  it('a single day that is too much for a report, too, is an error', async () => {
    await open(3);
    const stream = instead(({ url }) => (url.pathname.endsWith('act_102030405/insights') ? tooLarge : undefined));
    await expect(read({}, stream)).rejects.toThrow(PlatformResponseError);
  });

  it('a report that fails is made again of half the days', async () => {
    const server = await open(100);
    let failed = 0;
    const stream = instead(({ url }) => {
      if (!url.searchParams.size || !/\/\d+$/.test(url.pathname) || failed > 0) return undefined;
      failed++;
      return { id: '1', async_status: 'Job Failed', async_percent_completion: 0 };
    });
    isComplete((await read({}, stream)).records);
    expect(failed).toBe(1);
    expect(server.requests.filter(({ method }) => method === 'POST').length).toBeGreaterThan(2);
  });
});

describe('a report', () => {
  const isState = ({ url }: { url: URL }) => /\/\d+$/.test(url.pathname);

  it('that takes long gives the worker back, and is not ordered twice', async () => {
    const server = await open(60);
    const slow = instead((request) => (isState(request) ? { id: '1', async_status: 'Job Running' } : undefined));
    const pages: Page[] = [];
    const options = { mode: 'full', cursor: undefined, signal: AbortSignal.timeout(20_000), now: sandbox.now } as const;
    const reading = (async () => {
      for await (const page of slow.read(options)) pages.push(page);
    })();
    await expect(reading).rejects.toMatchObject({ delay: 60_000 });
    await expect(reading).rejects.toThrow(RateLimitError);
    expect(pages).toMatchObject([{ records: [], isLast: false }]);
    isComplete((await read({ cursor: pages[0]?.cursor })).records);
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('that is gone is made once more', async () => {
    await open(60);
    const [first] = (await read()).pages;
    await sandbox.close();
    const server = await open(60);
    isComplete((await read({ cursor: first?.cursor })).records);
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('is waited for no longer than the signal says', async () => {
    await open(60);
    const controller = new AbortController();
    const reason = new Error('stop');
    const stream = instead((request) => {
      if (!isState(request)) return undefined;
      controller.abort(reason);
      return { id: '1', async_status: 'Job Running' };
    });
    await expect(read({ signal: controller.signal }, stream)).rejects.toThrow();
    expect(controller.signal.aborted).toBe(true);
  });
});

it('days that were not asked for are not taken', async () => {
  const server = await open(5);
  const data = [{ campaign_id: '1', date_start: '2020-01-01' }];
  server.faults.push({ response: { body: { data } } });
  await expect(read()).rejects.toThrow('they have 2020-01-01');
});
