import { platformAcceptance } from '@bizinsights/jobs-platforms/acceptance';
import { createFacebookAds } from '@bizinsights/jobs-platforms/facebook-ads';
import { describe, it } from 'vitest';
import { startSandbox } from '../index.js';

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
