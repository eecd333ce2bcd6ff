/** Days that PostgreSQL has worked out, in zones whose names it takes for abbreviations. */
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import { createDatabase } from '@bizinsights/test-servers';
import pg from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { KEYS } from '../fixtures/open-store.js';
import { createStore } from '../store.js';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './migrations.js';

const OPENING = 180_000;
const STEP = '0009-days-of-ambiguous-zones';
const YEAR = { from: '2026-01-01', to: '2026-12-31' };

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

const POOLS = {
  async PostgreSQL() {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    cleanUp.push(drop, () => pool.end());
    return pool;
  },
  async embedded() {
    const { pool, close } = await openEmbedded({ dir: 'memory:' });
    cleanUp.push(close);
    return pool;
  },
};

test.each(Object.entries(POOLS))(
  'derives days of CET again on %s, and leaves those of Europe/Berlin',
  async (_name, open) => {
    const pool = await open();
    await migrate(
      pool,
      MIGRATIONS.filter(({ id }) => id !== STEP),
    );
    const store = createStore({ pool, keys: KEYS });
    const eur = (amount: number) => ({ amount, currency: 'EUR' });
    for (const timeZone of ['CET', 'cet', 'Europe/Berlin']) {
      await store.organizations.upsert({ id: timeZone, name: timeZone, timeZone, currency: 'EUR' });
      const connection = { organizationId: timeZone, platform: 'shopify', credentials: {} };
      const { id: integrationId } = await store.integrations.connect(connection);
      const sale = {
        kind: 'order',
        id: '1',
        number: '1',
        updatedAt: 1,
        placedAt: Date.parse('2026-07-14T22:30:00Z'),
      } as const;
      const order = { ...sale, payment: 'paid', total: eur(1_000), refunded: eur(0), items: [] } as const;
      await store.records.write({ integrationId, stream: 'orders', records: [order], rejected: [], deleted: [] });
      await store.metrics.refresh(timeZone);
    }
    // As an earlier release had it.
    await pool.query("UPDATE bizinsights.daily_metrics SET day = '2026-07-14' WHERE day = '2026-07-15'");

    expect(await migrate(pool)).toEqual([STEP]);
    const days = async (id: string) => {
      await store.metrics.refresh(id);
      return (await store.metrics.daily(id, YEAR)).map(({ day, revenue }) => [day, revenue]);
    };
    expect(await days('CET')).toEqual([['2026-07-15', 1_000]]);
    expect(await days('cet')).toEqual([['2026-07-15', 1_000]]);
    expect(await days('Europe/Berlin')).toEqual([['2026-07-14', 1_000]]);
  },
  OPENING,
);
