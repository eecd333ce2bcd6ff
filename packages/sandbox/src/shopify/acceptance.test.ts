import { platformAcceptance } from '@bizinsights/jobs-platforms/acceptance';
import { shopify } from '@bizinsights/jobs-platforms/shopify';
import { describe, it } from 'vitest';
import { startSandbox } from '../index.js';

async function open() {
  const sandbox = await startSandbox({ platforms: ['shopify'], days: 20, ordersPerDay: 4 });
  const { shop, shopify: server } = sandbox;
  return {
    ...sandbox,
    credentials: server.credentials,
    faults: server.faults,
    ids(stream: string) {
      const records = { orders: shop.orders, products: shop.products, customers: shop.customers }[stream] ?? [];
      return records.map(({ id }) => String(id));
    },
  };
}

describe('shopify', () => {
  for (const { name, run } of platformAcceptance(shopify, { open })) it(name, run);
});
