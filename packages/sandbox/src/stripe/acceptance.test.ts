import { platformAcceptance } from '@bizinsights/jobs-platforms/acceptance';
import { stripe } from '@bizinsights/jobs-platforms/stripe';
import { describe, it } from 'vitest';
import { startSandbox } from '../index.js';

async function open() {
  const sandbox = await startSandbox({ platforms: ['stripe'], days: 40, ordersPerDay: 6 });
  const { shop, stripe: server } = sandbox;
  return {
    ...sandbox,
    credentials: server.credentials,
    faults: server.faults,
    // So long that what has changed is more than a page of events.
    advance: (ms: number) => sandbox.advance(ms * 8),
    ids: (stream: string) =>
      stream === 'charges'
        ? shop.placedOrders.map(({ id }) => `ch_1Glaze${String(id).padStart(18, '0')}`)
        : shop.customers.map(({ id }) => `cus_Glaze${String(id).padStart(9, '0')}`),
  };
}

describe('stripe', () => {
  for (const { name, run } of platformAcceptance(stripe, { open })) it(name, run);
});
