import { describe, it } from 'vitest';
import { platformAcceptance } from '../acceptance/index.js';
import { startSandbox } from '../sandbox/index.js';
import { createFacebookAds } from './index.js';

async function open() {
  const sandbox = await startSandbox({ platforms: ['facebook-ads'], days: 100, ordersPerDay: 1 });
  const { shop, http, now, advance, change, remove, close, 'facebook-ads': server } = sandbox;
  return {
    http,
    now,
    advance,
    change,
    remove,
    close,
    credentials: server.credentials,
    faults: server.faults,
    ids: (stream: string) =>
      stream === 'campaigns'
        ? shop.campaigns.map(({ id }) => String(id))
        : shop.campaignDays().map(({ campaignId, day }) => `${campaignId}/${day}`),
  };
}

describe('facebook-ads', () => {
  for (const { name, run } of platformAcceptance(createFacebookAds({ pollDelay: 1 }), { open })) it(name, run);
});
