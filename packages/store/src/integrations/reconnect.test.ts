/** The callback of a login, as a host writes it: the first time, and each time after that. */
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncProcessor, dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { identifyAccount, platforms } from '@bizinsights/jobs-platforms';
import { createFacebookAds } from '@bizinsights/jobs-platforms/facebook-ads';
import { type SandboxPlatformId, startSandbox } from '@bizinsights/jobs-sandbox';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { ampleBudgets } from '../fixtures/ample-budgets.js';
import { openOnEmbedded, openOnPostgres, underTest } from '../fixtures/open-store.js';
import { linesOf, truthOf } from '../fixtures/sandbox-truth.js';

const OPENING = 180_000;
const YEAR = { from: '2026-01-01', to: '2026-12-31' };
const STORES = { PostgreSQL: () => openOnPostgres(inject('postgresUrl')), embedded: () => openOnEmbedded() };

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function open(platform: SandboxPlatformId, openStore: () => ReturnType<typeof openOnPostgres>) {
  const sandbox = await startSandbox({ platforms: [platform], days: 40, ordersPerDay: 3 });
  cleanUp.push(() => sandbox.close());
  const opened = await openStore();
  cleanUp.push(opened.close);
  const { integrations, records, metrics } = opened.store;
  const { http, now, [platform]: server, shop } = sandbox;
  const processor = dataSyncProcessor({
    platforms: Object.values({ ...platforms, 'facebook-ads': createFacebookAds({ pollDelay: 1 }) }),
    integrations,
    sink: records,
    http,
    now,
    budgets: ampleBudgets(Object.values(platforms)),
    schedules: false,
  });
  const jobs = createTestJobs({ queues: [dataSyncQueue], processors: [processor] });
  cleanUp.push(() => jobs.close());
  return {
    sandbox,
    shop,
    integrations,
    async callback(changes: object = {}) {
      const credentials = { ...server.credentials, ...changes };
      const account = await identifyAccount(platform, credentials, http, { now });
      return await integrations.connect({ organizationId: 'acme', platform, account, credentials });
    },
    connect: (id: string, changes: object) => {
      const credentials = { ...server.credentials, ...changes };
      return integrations.connect({ id, organizationId: 'acme', platform, credentials });
    },
    /** Syncs all that there are, and answers how many records came. */
    async sync() {
      const queue = jobs.queue(dataSyncQueue);
      for (const { id } of await integrations.list('acme')) await queue.add({ integrationId: id });
      expect(await jobs.drain({ withDelayed: true })).toMatchObject({ failed: 0 });
      const [newest] = (await queue.list({ state: 'completed', limit: 1 })).jobs;
      const streams = newest?.result?.streams ?? {};
      return Object.values(streams).reduce((sum, { records: count }) => sum + count, 0);
    },
    stored: async (id: string) => linesOf(await underTest(opened.store).records(id)),
    async total() {
      await metrics.refresh('acme');
      return await metrics.total('acme', YEAR);
    },
  };
}

describe.each(Object.entries(STORES))('on %s', (_name, openStore) => {
  test.each(['shopify', 'stripe', 'google-analytics', 'facebook-ads', 'woocommerce'] as const)(
    '%s: an account that logs in again is one integration, and its figures are single',
    { timeout: OPENING },
    async (platform) => {
      const { sandbox, shop, integrations, callback, sync, stored, total } = await open(platform, openStore);
      const first = await callback();
      expect(first.reconnected).toBe(false);
      await sync();
      const before = await total();
      // A restricted key of the account, or another address of the shop.
      const renewed = {
        stripe: { secretKey: 'rk_test_51GlazeAndCoSandbox' },
        woocommerce: { url: 'https://www.glaze-and-co.example/' },
      };
      const again = await callback(platform in renewed ? Reflect.get(renewed, platform) : {});
      expect(again).toMatchObject({ id: first.id, reconnected: true });
      await sync();
      expect(await total()).toEqual(before);
      sandbox.advance(2 * 24 * 3_600_000);
      await sync();
      expect(await integrations.list('acme')).toHaveLength(1);
      expect(await stored(first.id)).toEqual(truthOf(platform, shop));
    },
  );

  test('a Stripe key that is renewed goes on where the old one was, with its account known', {
    timeout: OPENING,
  }, async () => {
    const { callback, connect, sync, sandbox } = await open('stripe', openStore);
    const { id } = await callback();
    const all = await sync();
    const few = await sync();
    expect(few).toBeLessThan(all / 10);
    await callback({ secretKey: 'rk_test_51GlazeAndCoSandbox' });
    sandbox.advance(60_000);
    expect(await sync()).toBeLessThan(all / 10);
    await callback();
    expect(await sync()).toBeLessThan(all / 10);
    // Nobody says that it is of the same account: everything is read.
    await connect(id, { secretKey: 'rk_test_51GlazeAndCoSandbox' });
    expect(await sync()).toBeGreaterThanOrEqual(all);
    // And the same when the account is known again, whose place it was.
    await callback({ secretKey: 'rk_test_51GlazeAndCoSandbox' });
    expect(await sync()).toBeLessThan(all / 10);
  });
});
