// The store keeps organizations, integrations, records and daily metrics in PostgreSQL, or embedded in the process.
import { randomBytes } from 'node:crypto';
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import type { OrderRecord } from '@bizinsights/jobs-platforms';
import { createStore } from '@bizinsights/jobs-store';

const { pool, close } = await openEmbedded({ dir: 'memory:' }); // in production `new Pool()` of `pg`
const store = createStore({ pool, keys: `1:${randomBytes(32).toString('base64')}` }); // or INTEGRATION_KEYS
await store.migrate();

// #region connect
await store.organizations.upsert({ id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', currency: 'EUR' });
const connection = {
  organizationId: 'acme',
  platform: 'shopify',
  account: 'glaze.myshopify.com', // `identifyAccount` of @bizinsights/jobs-platforms asks the platform for it
  credentials: { shop: 'glaze.myshopify.com', accessToken: 'shpat_1' }, // encrypted
};
const { id: integrationId } = await store.integrations.connect(connection);
const again = await store.integrations.connect(connection);
console.log(`the same integration: ${again.id === integrationId}, connected again: ${again.reconnected}`);
// #endregion

// A sync writes such pages: the records and where to go on, in one transaction.
const placedAt = Date.parse('2026-11-24T09:00:00Z');
const order = (id: string, amount: number): OrderRecord => ({
  kind: 'order',
  id,
  updatedAt: placedAt,
  number: `#${id}`,
  placedAt,
  payment: 'paid',
  total: { amount, currency: 'EUR' }, // in cents
  refunded: { amount: 0, currency: 'EUR' },
  country: 'DE',
  items: [],
});
const page = { integrationId, stream: 'orders', rejected: [], deleted: [], cursor: { after: '2' } };
const records = [order('1', 11_900), order('2', 5_000)];
const { written } = await store.records.write({ ...page, records });
const { unchanged } = await store.records.write({ ...page, records });
console.log(`${written} written, ${unchanged} unchanged`);

// #region metrics
await store.metrics.refresh('acme'); // derives the days whose records have changed
const range = { from: '2026-11-24', to: '2026-11-24' };
for (const { day, orders, revenue } of await store.metrics.daily('acme', range)) console.log(day, orders, revenue);
const [country] = await store.metrics.breakdown('acme', { ...range, by: 'country' });
console.log(country?.key, country?.revenue);
// #endregion

await close();

// Output:
// the same integration: true, connected again: true
// 2 written, 2 unchanged
// 2026-11-24 2 16900
// DE 16900
