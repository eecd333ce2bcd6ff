import { dayIn } from '@bizinsights/jobs-core';
import {
  AccessLostError,
  addDays,
  type Caveat,
  type Json,
  type Page,
  PlatformResponseError,
  RateLimitError,
  type ReadOptions,
} from '@bizinsights/jobs-platforms';
import { googleAnalytics } from '@bizinsights/jobs-platforms/google-analytics';
import protos from '@google-analytics/data/build/protos/protos.json' with { type: 'json' };
import protobuf from 'protobufjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';

const DAY = 86_400_000;

let sandbox: Sandbox;
afterEach(() => sandbox?.close());

async function open(options: Parameters<typeof startSandbox>[0] = {}) {
  sandbox = await startSandbox({ platforms: ['google-analytics'], days: 20, ordersPerDay: 3, ...options });
  return sandbox['google-analytics'];
}

async function read(options: Partial<ReadOptions> = {}, connect = connectStream()) {
  const pages: Page[] = [];
  let cursor: Json | undefined;
  const signal = AbortSignal.timeout(20_000);
  for await (const page of connect.read({ mode: 'full', cursor: undefined, signal, now: sandbox.now, ...options })) {
    pages.push(page);
    ({ cursor } = page);
  }
  return { pages, cursor, records: pages.flatMap(({ records }) => records) };
}

function connectStream() {
  const { streams } = googleAnalytics.connect(sandbox['google-analytics'].credentials, sandbox.http);
  const [stream] = streams;
  if (!stream) throw new Error('no stream');
  return stream;
}

/** An answer as the Data API gives it. */
const report = (
  rows: [date: string, channel: string, country: string, sessions: number][],
  rowCount = rows.length,
) => ({
  response: {
    body: {
      rows: rows.map(([date, channel, country, sessions]) => ({
        dimensionValues: [date, channel, country].map((value) => ({ value })),
        metricValues: [sessions, sessions, 0, 0].map((value) => ({ value: String(value) })),
      })),
      rowCount,
      metadata: { currencyCode: 'EUR', timeZone: sandbox.shop.zone },
    },
  },
});

describe('requests', () => {
  it('are those of the protocol’s description', async () => {
    const server = await open();
    await read();
    const root = protobuf.Root.fromJSON(protos);
    const RunReportRequest = root.lookupType('google.analytics.data.v1beta.RunReportRequest');
    const bodies = server.requests
      .filter(({ path }) => path.endsWith(':runReport'))
      .map(({ body }) => JSON.parse(body));
    expect(bodies.length).toBeGreaterThan(2);
    for (const body of bodies) {
      expect(RunReportRequest.verify(body)).toBeNull();
      // A name that the protocol does not know would be dropped.
      const known = RunReportRequest.toObject(RunReportRequest.fromObject(body), { longs: Number });
      expect(known).toEqual(body);
    }
    expect(RunReportRequest.verify({ dimensions: 'date' })).not.toBeNull();
  });

  it('share one token, which is renewed', async () => {
    const server = await open();
    const stream = connectStream();
    const tokens = () => server.requests.filter(({ path }) => path === '/token').length;
    await read({}, stream);
    await read({}, stream);
    expect(tokens()).toBe(1);
    sandbox.advance(DAY);
    await read({}, stream);
    expect(tokens()).toBe(2);
  });
});

describe('a token that is not accepted', () => {
  const refused = { error: { code: 401, status: 'UNAUTHENTICATED', message: 'Invalid authentication credentials.' } };

  it('is renewed once; then access is lost', async () => {
    const server = await open({ days: 2 });
    server.faults.push({ response: { status: 401, body: refused } });
    expect((await read()).records).not.toHaveLength(0);
    server.faults.push({ response: { status: 401, body: refused } }, { response: { status: 401, body: refused } });
    await expect(read()).rejects.toThrow(AccessLostError);
  });
});

it('a consent that was taken back is lost access where tokens are made', async () => {
  const server = await open({ days: 2 });
  server.accessLost = true;
  const error = await read().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AccessLostError);
  expect(String(error)).toContain('status 400 (invalid_grant)');
  expect(server.requests.map(({ path, status }) => `${path} ${status}`)).toEqual(['/token 400']);
  server.accessLost = false;
  expect((await read()).records).not.toHaveLength(0);
});

describe('days', () => {
  const days = (records: Awaited<ReturnType<typeof read>>['records']) =>
    [...new Set(records.map((record) => (record.kind === 'traffic' ? record.day : '')))].sort();

  it('the last three come again, in the property’s zone', async () => {
    await open();
    const { cursor } = await read();
    sandbox.advance(2 * DAY);
    const today = dayIn(sandbox.shop.zone, sandbox.now());
    const { records } = await read({ mode: 'incremental', cursor });
    expect(days(records)).toEqual([-5, -4, -3, -2, -1, 0].map((ago) => addDays(today, ago)));
  });

  it('the last three are provisional, in the property’s zone: those that come again', async () => {
    // Of the 24th there.
    await open({ now: Date.UTC(2026, 10, 23, 23, 30) });
    const { pages, cursor } = await read();
    expect(pages.map(({ provisionalFrom }) => provisionalFrom)).toEqual([undefined, undefined, '2026-11-21']);
    sandbox.advance(40 * DAY);
    const later = await read({ mode: 'incremental', cursor });
    expect(days(later.records)[0]).toBe('2026-11-21');
    expect(later.pages.at(-1)?.provisionalFrom).toBe('2026-12-31');
  });

  it('a read that was left is of the day on which it was begun', async () => {
    await open();
    const { pages } = await read();
    sandbox.advance(2 * DAY);
    const rest = await read({ cursor: pages[0]?.cursor });
    expect(rest.pages.at(-1)?.provisionalFrom).toBe('2026-11-21');
    const next = await read({ mode: 'incremental', cursor: rest.cursor });
    expect(days(next.records)[0]).toBe('2026-11-21');
  });

  it('`since` is where a read begins', async () => {
    await open();
    const { records } = await read({ since: sandbox.now() - DAY });
    const today = dayIn(sandbox.shop.zone, sandbox.now());
    expect(days(records)).toEqual([addDays(today, -1), today]);
  });

  it('a row that has moved to another channel is told as deleted', async () => {
    const server = await open({ days: 2 });
    const today = dayIn(sandbox.shop.zone, sandbox.now()).replaceAll('-', '');
    server.faults.push(
      report([
        [today, 'Unassigned', '(not set)', 9],
        [today, 'Direct', 'DE', 5],
      ]),
    );
    const { cursor } = await read();
    server.faults.push(
      report([
        [today, 'Direct', 'DE', 8],
        [today, 'Email', 'AT', 6],
      ]),
    );
    const { pages, cursor: second } = await read({ mode: 'incremental', cursor });
    const id = `${addDays(dayIn(sandbox.shop.zone, sandbox.now()), 0)}/Unassigned/(not set)`;
    expect(pages.flatMap(({ deleted }) => deleted)).toEqual([{ kind: 'traffic', id, deletedAt: sandbox.now() }]);
    // It is told once.
    server.faults.push(
      report([
        [today, 'Direct', 'DE', 8],
        [today, 'Email', 'AT', 6],
      ]),
    );
    const third = await read({ mode: 'incremental', cursor: second });
    expect(third.pages.flatMap(({ deleted }) => deleted)).toEqual([]);
  });

  it('a row that can’t be read is not taken for one that is gone', async () => {
    const server = await open({ days: 2 });
    const { cursor } = await read();
    server.faults.push('bad-record');
    const { pages } = await read({ mode: 'incremental', cursor });
    expect(pages.flatMap(({ rejected }) => rejected)).toHaveLength(1);
    expect(pages.flatMap(({ deleted }) => deleted)).toEqual([]);
  });

  it('a property that has counted nothing has one empty page', async () => {
    await open();
    const http = {
      ...sandbox.http,
      send: async (request: Parameters<typeof sandbox.http.send>[0]) => {
        if (!request.url.pathname.endsWith(':runReport')) return sandbox.http.send(request);
        const text = JSON.stringify({ metadata: { currencyCode: 'EUR', timeZone: 'Europe/Berlin' } });
        return { status: 200, headers: new Headers(), text };
      },
    };
    const [stream] = googleAnalytics.connect(sandbox['google-analytics'].credentials, http).streams;
    // What it counts today may be of days before.
    expect((await read({}, stream)).pages).toMatchObject([
      { records: [], isLast: true, provisionalFrom: '2026-11-21' },
    ]);
  });
});

describe('answers', () => {
  it('a report in several answers is read on by its offset', async () => {
    const server = await open({ days: 2 });
    const today = dayIn(sandbox.shop.zone, sandbox.now()).replaceAll('-', '');
    server.faults.push(
      report(
        [
          [today, 'Direct', 'AT', 5],
          [today, 'Direct', 'DE', 5],
        ],
        3,
      ),
      report([[today, 'Email', 'AT', 6]], 3),
    );
    const { records } = await read();
    expect(records).toHaveLength(3);
    const [, second] = server.requests.slice(-2).map(({ body }) => JSON.parse(body));
    expect(second).toMatchObject({ offset: 2 });
  });

  it('rows that are said to be there and do not come end the read', async () => {
    const server = await open({ days: 2 });
    server.faults.push(report([], 3));
    await expect(read()).rejects.toThrow(PlatformResponseError);
  });

  it('days that were not asked for are not taken', async () => {
    const server = await open({ days: 2 });
    server.faults.push(report([['20200101', 'Direct', 'DE', 1]]));
    await expect(read()).rejects.toThrow('it has 2020-01-01');
  });

  it('amounts of large numbers are read, and numbers that are none are kept aside', async () => {
    const server = await open({ days: 2 });
    const today = dayIn(sandbox.shop.zone, sandbox.now()).replaceAll('-', '');
    const cell = (metrics: string[]) => ({
      dimensionValues: [today, 'Direct', metrics.join()].map((value) => ({ value })),
      metricValues: metrics.map((value) => ({ value })),
    });
    const rows = [
      cell(['3', '2', '0.5', '1.2345678E7']),
      cell(['3', '2', '1', '9.995']),
      cell(['x', '2', '1', '0']),
      cell(['3', '2']),
    ];
    const metadata = { currencyCode: 'EUR', timeZone: sandbox.shop.zone };
    server.faults.push({ response: { body: { rows, rowCount: 4, metadata } } });
    const { records, pages } = await read();
    expect(records).toMatchObject([
      { keyEvents: 0.5, revenue: { amount: 1_234_567_800, currency: 'EUR' } },
      { keyEvents: 1, revenue: { amount: 1_000, currency: 'EUR' } },
    ]);
    expect(pages.flatMap(({ rejected }) => rejected.map(({ reason }) => reason))).toHaveLength(2);
  });
});

describe('numbers', () => {
  const metricsOf = async (...metrics: string[][]) => {
    const server = await open({ days: 2 });
    const today = dayIn(sandbox.shop.zone, sandbox.now()).replaceAll('-', '');
    const rows = metrics.map((values, index) => ({
      dimensionValues: [today, 'Direct', `C${index}`].map((value) => ({ value })),
      metricValues: values.map((value) => ({ value })),
    }));
    const metadata = { currencyCode: 'EUR', timeZone: sandbox.shop.zone };
    server.faults.push({ response: { body: { rows, rowCount: rows.length, metadata } } });
    const { records, pages } = await read();
    return { records, rejected: pages.flatMap((page) => page.rejected) };
  };

  it('with an exponent are numbers', async () => {
    const { records, rejected } = await metricsOf(
      ['1.2345678E7', '1e3', '1E-3', '1.2345678E7'],
      ['0.5', '2.0', '3.5E0', '-1.5E-2'],
      ['0', '0', '0', '9.007199254740991E13'],
    );
    expect(rejected).toEqual([]);
    expect(records).toMatchObject([
      { sessions: 12_345_678, users: 1_000, keyEvents: 0.001, revenue: { amount: 1_234_567_800 } },
      { sessions: 0.5, users: 2, keyEvents: 3.5, revenue: { amount: -2 } },
      { sessions: 0, users: 0, keyEvents: 0, revenue: { amount: 9_007_199_254_740_991 } },
    ]);
  });

  it('that are none are kept aside, with the place of each', async () => {
    const odd = ['NaN', 'Infinity', '-1', '', '1E400', 'many'];
    const { records, rejected } = await metricsOf(
      ...odd.map((value) => [value, '1', '1', '0']),
      ...['NaN', 'Infinity', '', 'much', '1E400'].map((value) => ['1', '1', '1', value]),
    );
    expect(records).toEqual([]);
    expect(rejected).toHaveLength(11);
    for (const { reason } of rejected.slice(0, odd.length)) expect(reason).toContain('metricValues[0].value: expected');
    expect(rejected.map(({ id }) => id)).toContain(`${dayIn(sandbox.shop.zone, sandbox.now())}/Direct/C0`);
  });
});

describe('a report that is less than exact', () => {
  const caveatsOf = (pages: readonly Page[]) => pages.map(({ caveats }) => caveats);

  it.each<[object, Caveat[] | undefined]>([
    [{}, undefined],
    [{ samplingMetadatas: [{ samplesReadCount: '500000', samplingSpaceSize: '1250000' }] }, ['sampled']],
    [{ samplingMetadatas: [{ samplesReadCount: 500_000, samplingSpaceSize: 1_250_000 }] }, ['sampled']],
    // A zero is left out.
    [{ samplingMetadatas: [{}] }, ['sampled']],
    [{ samplingMetadatas: [{ samplesReadCount: '7', samplingSpaceSize: '7' }] }, undefined],
    [{ samplingMetadatas: [] }, undefined],
    [{ subjectToThresholding: true }, ['thresholded']],
    [{ dataLossFromOtherRow: true }, ['other-row']],
    [{ dataLossFromOtherRow: false, subjectToThresholding: false }, undefined],
    [
      { dataLossFromOtherRow: true, subjectToThresholding: true, samplingMetadatas: [{}] },
      ['sampled', 'thresholded', 'other-row'],
    ],
  ])('%j', async (metadata, caveats) => {
    const server = await open({ days: 2 });
    const { body } = report([]).response;
    server.faults.push({ response: { body: { ...body, metadata: { ...body.metadata, ...metadata } } } });
    const { pages } = await read();
    expect(caveatsOf(pages)).toEqual([caveats]);
  });

  it('says so on its own page, in the form of the protocol', async () => {
    const server = await open({ days: 20 });
    const root = protobuf.Root.fromJSON(protos);
    const RunReportResponse = root.lookupType('google.analytics.data.v1beta.RunReportResponse');
    const answers: string[] = [];
    const http = {
      ...sandbox.http,
      send: async (request: Parameters<typeof sandbox.http.send>[0]) => {
        const answer = await sandbox.http.send(request);
        if (request.url.pathname.endsWith(':runReport')) answers.push(answer.text);
        return answer;
      },
    };
    const [stream] = googleAnalytics.connect(server.credentials, http).streams;
    server.faults.push('none', { caveats: ['sampled', 'thresholded', 'other-row'] });
    const { pages } = await read({}, stream);
    expect(caveatsOf(pages)).toEqual([undefined, ['sampled', 'thresholded', 'other-row'], undefined]);
    for (const text of answers) {
      const answer = JSON.parse(text);
      const known = RunReportResponse.toObject(RunReportResponse.fromObject(answer), { longs: String, enums: String });
      expect(known).toEqual(answer);
    }
  });

  it('has rows of others, which are ordinary rows', async () => {
    const server = await open({ days: 3 });
    const exact = await read();
    server.faults.push({ caveats: ['other-row'] });
    const { records, pages } = await read();
    const sessions = (given: typeof records) =>
      given.reduce((sum, record) => sum + (record.kind === 'traffic' ? record.sessions : 0), 0);
    expect(records).toContainEqual(expect.objectContaining({ channel: '(other)', country: '(other)' }));
    expect(records.length).toBeLessThan(exact.records.length);
    expect(sessions(records)).toBe(sessions(exact.records));
    expect(pages.flatMap(({ rejected }) => rejected)).toEqual([]);
  });

  it('has rows of no country, which are rows of their own', async () => {
    const server = await open({ days: 2 });
    const today = dayIn(sandbox.shop.zone, sandbox.now()).replaceAll('-', '');
    server.faults.push(
      report([
        [today, 'Direct', '', 5],
        [today, 'Direct', '(not set)', 6],
        [today, '(not set)', 'DE', 7],
      ]),
    );
    const { records } = await read();
    const day = dayIn(sandbox.shop.zone, sandbox.now());
    expect(records.map(({ id }) => id)).toEqual([`${day}/Direct/`, `${day}/Direct/(not set)`, `${day}/(not set)/DE`]);
  });
});

describe('quotas', () => {
  it('a read stops by itself before the property’s tokens are used up, and goes on from there', async () => {
    const server = await open({ days: 30 });
    const stream = connectStream();
    const spent = { ...report([]).response.body, propertyQuota: { tokensPerHour: { consumed: 8, remaining: 3 } } };
    server.faults.push('none', { response: { body: spent } });
    const pages: Page[] = [];
    const options = { mode: 'full', signal: AbortSignal.timeout(20_000), now: sandbox.now } as const;
    const reading = async () => {
      for await (const page of stream.read({ ...options, cursor: pages.at(-1)?.cursor })) pages.push(page);
    };
    const error = await reading().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitError);
    const asked = server.requests.length;
    await expect(reading()).rejects.toThrow(RateLimitError);
    expect(server.requests).toHaveLength(asked);
    sandbox.advance(3_600_000);
    await reading();
    expect(pages.at(-1)?.isLast).toBe(true);
  });

  it('concurrent requests are over soon', async () => {
    const server = await open({ days: 2 });
    const error = { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Exhausted concurrent requests quota.' };
    server.faults.push({ response: { status: 429, body: { error } } });
    await expect(read()).rejects.toMatchObject({ delay: 10_000 });
  });
});

it.each([
  { propertyId: 'properties/1', oauth: { clientId: 'a', clientSecret: 'b', refreshToken: 'c' } },
  { propertyId: '1' },
  { propertyId: '1', oauth: { clientId: 'a', clientSecret: 'b' } },
  { propertyId: '1', serviceAccount: { client_email: 'a', private_key: 'b' } },
])('%j are no credentials', (credentials) => {
  expect(googleAnalytics.credentials.safeParse(credentials).success).toBe(false);
});
