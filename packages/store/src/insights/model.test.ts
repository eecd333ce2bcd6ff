import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openDatabase } from '../database/database.js';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import { removeOldInsights } from './remove-old-insights.js';

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const STORES = { PostgreSQL: () => openOnPostgres(inject('postgresUrl')), embedded: () => openOnEmbedded() };

const DAY = '2026-11-24';

describe.each(Object.entries(STORES))('a language model, on %s', (_name, open) => {
  let opened: OpenStore;
  beforeAll(async () => {
    opened = await open();
  }, OPENING);
  afterAll(() => opened.close());
  let count = 0;

  async function organization(): Promise<string> {
    const id = `organization-${++count}`;
    await opened.store.organizations.upsert({ id, name: id, timeZone: 'UTC', currency: 'EUR' });
    return id;
  }

  test('is not allowed before an organization has agreed, and not after it has thought otherwise', async () => {
    const { insights } = opened.store;
    const [id, other] = [await organization(), await organization()];
    expect(await insights.isModelAllowed(id)).toBe(false);
    expect(await insights.modelDecision(id)).toBeUndefined();
    await insights.allowModel(id, { by: 'ada' });
    expect(await insights.isModelAllowed(id)).toBe(true);
    expect(await insights.isModelAllowed(other)).toBe(false);
    expect(await insights.modelDecision(id)).toEqual({ allowed: true, by: 'ada', at: expect.any(Number) });
    await insights.forbidModel(id, { by: 'bob' });
    expect(await insights.isModelAllowed(id)).toBe(false);
    expect(await insights.modelDecision(id)).toEqual({ allowed: false, by: 'bob', at: expect.any(Number) });
  });

  test('an organization that there is not can agree to nothing, and a decision has a name', async () => {
    const { insights } = opened.store;
    await expect(insights.allowModel('nobody', { by: 'ada' })).rejects.toThrow('There is no organization "nobody"');
    expect(await insights.isModelAllowed('nobody\u0000')).toBe(false);
    await expect(insights.allowModel(await organization(), { by: ' ' })).rejects.toThrow('`by` must say');
  });

  test('twenty reservations at once do not exceed the budget of a day', async () => {
    const { insights } = opened.store;
    const id = await organization();
    const reserve = (day = DAY) => insights.reserveTokens(id, day, { tokens: 300, limit: 1_000 });
    const reserved = await Promise.all(Array.from({ length: 20 }, () => reserve()));
    expect(reserved.filter(Boolean)).toHaveLength(3);
    expect(await reserve()).toBe(false);
    expect(await reserve('2026-11-25')).toBe(true);
    expect(await insights.reserveTokens(await organization(), DAY, { tokens: 1_000, limit: 1_000 })).toBe(true);
    expect(await insights.reserveTokens(await organization(), DAY, { tokens: 1_001, limit: 1_000 })).toBe(false);
  });

  test('what was reserved and not used is free again, also of calls at once, and more than reserved is counted', async () => {
    const { insights } = opened.store;
    const id = await organization();
    const reserve = (tokens: number) => insights.reserveTokens(id, DAY, { tokens, limit: 1_000 });
    expect(await Promise.all([reserve(500), reserve(500)])).toEqual([true, true]);
    await Promise.all([100, 200].map((used) => insights.settleTokens(id, DAY, { reserved: 500, used })));
    expect(await reserve(701)).toBe(false);
    expect(await reserve(700)).toBe(true);
    await insights.settleTokens(id, DAY, { reserved: 700, used: 900 });
    expect(await reserve(1)).toBe(false);
    // Of a day that there is not there is nothing to settle.
    await insights.settleTokens(id, '2026-11-26', { reserved: 100, used: 200 });
    expect(await insights.reserveTokens(id, '2026-11-26', { tokens: 1_000, limit: 1_000 })).toBe(true);
  });

  test('money is counted beside the tokens: a reservation has to be within both limits, of calls at once too', async () => {
    const { insights } = opened.store;
    const id = await organization();
    const money = { amount: 300, limit: 1_000, currency: 'USD' };
    const reserve = (changes: Partial<typeof money> = {}, limit = 1_000) =>
      insights.reserveTokens(id, DAY, { tokens: 10, limit, money: { ...money, ...changes } });
    const reserved = await Promise.all(Array.from({ length: 20 }, () => reserve()));
    expect(reserved.filter(Boolean)).toHaveLength(3);
    expect(await reserve({ amount: 100 }, 39)).toBe(false);
    // What is refused by one limit is counted by none.
    expect(await reserve({ amount: 101 })).toBe(false);
    await insights.settleTokens(id, DAY, {
      ...{ reserved: 10, used: 4, money: { reserved: 300, used: 100, currency: 'USD' } },
    });
    expect(await reserve({ amount: 301 })).toBe(false);
    expect(await reserve({ amount: 300 }, 34)).toBe(true);
    // Without money there is no limit of it, and nothing of it changes.
    expect(await insights.reserveTokens(id, DAY, { tokens: 1, limit: 1_000 })).toBe(true);
    expect(await reserve({ amount: 1 })).toBe(false);
    expect(
      await insights.reserveTokens(await organization(), DAY, {
        tokens: 1,
        limit: 1,
        money: { ...money, amount: 1_001 },
      }),
    ).toBe(false);
  });

  test('what was spent in another currency is no part of the sum, nor what is settled in it', async () => {
    const { insights } = opened.store;
    const id = await organization();
    const reserve = (currency: string, amount: number) =>
      insights.reserveTokens(id, DAY, { tokens: 1, limit: 100, money: { amount, limit: 1_000, currency } });
    expect(await reserve('USD', 900)).toBe(true);
    expect(await reserve('EUR', 900)).toBe(true);
    await insights.settleTokens(id, DAY, { reserved: 1, used: 1, money: { reserved: 900, used: 0, currency: 'USD' } });
    expect(await reserve('EUR', 101)).toBe(false);
    expect(await reserve('EUR', 100)).toBe(true);
  });

  test('the clean-up removes the usage of old days, and an organization takes its decision and usage with it', async () => {
    const { insights } = opened.store;
    const id = await organization();
    const reserve = () => insights.reserveTokens(id, DAY, { tokens: 1_000, limit: 1_000 });
    await insights.allowModel(id, { by: 'ada' });
    expect([await reserve(), await reserve()]).toEqual([true, false]);
    const database = openDatabase(opened.pool);
    await removeOldInsights(database, Date.parse('2026-11-25T00:00:00Z'));
    expect([await reserve(), await reserve()]).toEqual([true, false]);
    await opened.pool.query('DELETE FROM bizinsights.organizations WHERE id = $1', [id]);
    expect(await insights.isModelAllowed(id)).toBe(false);
  });
});
