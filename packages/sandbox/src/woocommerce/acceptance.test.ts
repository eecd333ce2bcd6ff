import { platformAcceptance } from '@bizinsights/jobs-platforms/acceptance';
import { wooCommerce } from '@bizinsights/jobs-platforms/woocommerce';
import { describe, it } from 'vitest';
import { startSandbox } from '../index.js';

async function open(keysIn: 'header' | 'query') {
  const sandbox = await startSandbox({ platforms: ['woocommerce'], days: 40, ordersPerDay: 6 });
  const { shop, http, now, advance, change, remove, close, woocommerce: server } = sandbox;
  server.dropsAuthorization = keysIn === 'query';
  return {
    http,
    now,
    advance,
    change,
    remove,
    close,
    credentials: { ...server.credentials, keysIn },
    faults: server.faults,
    ids: (stream: string) => {
      const items = stream === 'orders' ? shop.orders : stream === 'products' ? shop.products : shop.customers;
      return items.map(({ id }) => String(id));
    },
  };
}

describe.each(['header', 'query'] as const)('woocommerce, with its keys in the %s', (keysIn) => {
  for (const { name, run } of platformAcceptance(wooCommerce, { open: () => open(keysIn) })) it(name, run);
});
