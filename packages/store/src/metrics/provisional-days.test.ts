/** Days that a platform restates, from the sandbox into PostgreSQL: read again until they are final. */
import { dayIn } from '@bizinsights/jobs-core';
import type { Stream } from '@bizinsights/jobs-platforms';
import { createFacebookAds } from '@bizinsights/jobs-platforms/facebook-ads';
import { googleAnalytics } from '@bizinsights/jobs-platforms/google-analytics';
import { type Sandbox, startSandbox } from '@bizinsights/jobs-sandbox';
import { afterEach, expect, inject, test } from 'vitest';
import { openOnPostgres } from '../fixtures/open-store.js';
import { addDays } from './day-range.js';

const DAY = 24 * 3_600_000;

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** How long each restates its days, and what it says of one. */
const ACCOUNTS = [
  {
    id: 'google-analytics',
    window: 3,
    streams: (sandbox: Sandbox) =>
      googleAnalytics.connect(sandbox['google-analytics'].credentials, sandbox.http).streams,
    figure: 'sessions',
    truth: ({ shop }: Sandbox, day: string) => shop.traffic().map((row) => (row.day === day ? row.sessions : 0)),
  },
  {
    id: 'facebook-ads',
    window: 28,
    streams: (sandbox: Sandbox) =>
      createFacebookAds({ pollDelay: 1 }).connect(sandbox['facebook-ads'].credentials, sandbox.http).streams,
    figure: 'adRevenue',
    truth: ({ shop }: Sandbox, day: string) =>
      shop.campaignDays().map((row) => (row.day === day ? row.conversionValue : 0)),
  },
] as const;

async function open({ id, streams, figure, truth }: (typeof ACCOUNTS)[number]) {
  const sandbox = await startSandbox({ platforms: [id], days: 40, ordersPerDay: 2 });
  cleanUp.push(() => sandbox.close());
  const { store, close } = await openOnPostgres(inject('postgresUrl'), { now: sandbox.now });
  cleanUp.push(close);
  await store.integrations.connect({ id, organizationId: 'acme', platform: id, credentials: {} });
  /** As `@bizinsights/jobs-data-sync` reads a stream. */
  const readStream = async (stream: Stream) => {
    const cursor = await store.integrations.cursor(id, stream.name);
    const asOf = sandbox.now();
    const signal = AbortSignal.timeout(60_000);
    for await (const page of stream.read({ mode: 'incremental', cursor, signal, now: sandbox.now })) {
      const { records, rejected, deleted, provisionalFrom } = page;
      const batch = { integrationId: id, stream: stream.name, records, rejected, deleted, cursor: page.cursor };
      const read = { kind: stream.kind, asOf, isContinued: cursor !== undefined };
      await store.records.write({
        ...batch,
        ...(page.isLast ? { read: provisionalFrom === undefined ? read : { ...read, provisionalFrom } } : {}),
      });
    }
  };
  const sync = async () => {
    for (const stream of streams(sandbox)) await readStream(stream);
    await store.metrics.refresh('acme');
  };
  const today = () => dayIn('Europe/Berlin', sandbox.now());
  /** Each day from 60 days ago on, with what the platform says of it now. */
  const days = async () => {
    const range = { from: addDays(today(), -60), to: today() };
    const found = await store.metrics.daily('acme', { ...range, everyDay: true });
    return found.map(({ day, isProvisional, unknown, ...figures }) => ({
      day,
      isProvisional,
      isUnknown: unknown.length > 0,
      figure: figures[figure],
      truth: sum(truth(sandbox, day)),
    }));
  };
  return { sandbox, sync, today, days, store };
}

test.each(ACCOUNTS)('a day of $id is provisional for $window days, and right from then on', async (account) => {
  const { window } = account;
  const { sandbox, sync, today, days } = await open(account);
  const first = today();
  const stateOf = async (day: string) => (await days()).find((one) => one.day === day);
  await sync();
  for (const later of [0, 1, window - 1, 1, 1]) {
    sandbox.advance(later * DAY);
    // Also figures of past days.
    sandbox.change();
    sandbox.advance(60_000);
    const age = (Date.parse(today()) - Date.parse(first)) / DAY;
    // Whatever the clock says: it was not read since.
    if (later > 0) expect(await stateOf(first)).toMatchObject({ isProvisional: true });
    await sync();
    expect(await stateOf(first)).toMatchObject({ isProvisional: age <= window, isUnknown: false });
    for (const { day, isProvisional, isUnknown, figure, truth } of await days()) {
      expect({ day, isProvisional, isUnknown, figure }).toEqual({
        day,
        isProvisional: day >= addDays(today(), -window),
        isUnknown: false,
        figure: truth,
      });
    }
    if (age > window) return;
  }
  expect.unreachable('The day has not become final');
});

test.each(ACCOUNTS)('after 40 days away, $id is read again from the last final day on', async (account) => {
  const { window } = account;
  const { sandbox, sync, today, days, store } = await open(account);
  await sync();
  const last = today();
  const lastFinal = addDays(last, -window - 1);
  sandbox.change();
  sandbox.advance(40 * DAY);
  for (const { day, isProvisional, isUnknown } of await days()) {
    expect({ day, isProvisional, isUnknown }).toEqual({ day, isProvisional: day > lastFinal, isUnknown: day > last });
  }
  expect(await store.metrics.total('acme', { from: last, to: today() })).toMatchObject({ unknownDays: 40 });
  sandbox.change();
  await sync();
  for (const { day, isProvisional, isUnknown, figure, truth } of await days()) {
    expect({ day, isProvisional, isUnknown, figure }).toEqual({
      day,
      isProvisional: day >= addDays(today(), -window),
      isUnknown: false,
      figure: truth,
    });
  }
  expect(await store.metrics.coverage('acme', { from: last, to: today() })).toEqual([
    { integrationId: account.id, platform: account.id, unknown: [], provisionalFrom: addDays(today(), -window) },
  ]);
});
