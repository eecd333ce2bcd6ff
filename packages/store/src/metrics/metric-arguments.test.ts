/** What metrics are asked for that cannot be: refused before anything is read. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OpenStore, openOnPostgres } from '../fixtures/open-store.js';

let opened: OpenStore;
beforeAll(async () => {
  opened = await openOnPostgres(inject('postgresUrl'));
});
afterAll(() => opened.close());

const JUNE = { from: '2026-06-01', to: '2026-06-30' };

test.each([
  [{ from: '2026-02-30', to: '2026-03-01' }, '`from` must be a day such as "2026-11-24"'],
  [{ from: '2026-03-01', to: '2026-3-2' }, '`to` must be a day'],
  [{ from: '0000-01-01', to: '2026-03-02' }, '`from` must be a day'],
  [{ from: '2026-03-02', to: '2026-03-01' }, 'from 2026-03-02 to 2026-03-01 ends before it begins'],
  [{ from: '2000-01-01', to: '2026-03-01', everyDay: true }, 'a range of at most 3660 days'],
])('a range of days: %j is refused', async (query, message) => {
  const refused = expect(opened.store.metrics.daily('acme', query)).rejects;
  await refused.toThrow(message);
  await refused.toMatchObject({ code: 'ARGUMENT_INVALID' });
  if ('everyDay' in query) return;
  await expect(opened.store.metrics.total('acme', query)).rejects.toThrow(message);
  await expect(opened.store.metrics.coverage('acme', query)).rejects.toThrow(message);
});

test.each([
  [{ from: '2026-06-31' }, '`from` must be a day such as'],
  [{ from: '2026-07-01' }, 'ends before it begins'],
  [{ from: '1990-01-01' }, 'a range of at most 3660 days'],
  [{ by: 'weekday' }, '`by` must be one of platform, channel, country, product, campaign'],
  [{ by: 'toString' }, '`by` must be one of'],
  [{ by: 'product', sort: 'sessions' }, '`sort` by product must be one of revenue, units, orders'],
  [{ sort: 'key' }, '`sort` by platform must be one of revenue'],
  [{ limit: 0 }, '`limit` must be a whole number of at least 1'],
  [{ limit: 1.5 }, '`limit` must be a whole number'],
])('a breakdown: %j is refused', async (changes, message) => {
  const { metrics } = opened.store;
  // As JavaScript may call it.
  const refused = expect(
    Reflect.apply(metrics.breakdown, metrics, ['acme', { ...JUNE, by: 'platform', ...changes }]),
  ).rejects;
  await refused.toThrow(message);
  await refused.toMatchObject({ code: 'ARGUMENT_INVALID' });
});
