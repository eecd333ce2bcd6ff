import { platformAcceptance } from '@bizinsights/jobs-platforms/acceptance';
import { googleAnalytics } from '@bizinsights/jobs-platforms/google-analytics';
import { describe, it } from 'vitest';
import { startSandbox } from '../index.js';

async function open() {
  const sandbox = await startSandbox({ platforms: ['google-analytics'], days: 30, ordersPerDay: 4 });
  const { shop, http, now, advance, change, remove, close, 'google-analytics': server } = sandbox;
  return {
    http,
    now,
    advance,
    change,
    remove,
    close,
    credentials: server.credentials,
    faults: server.faults,
    ids: () => shop.traffic().map(({ day, channel, country }) => `${day}/${channel}/${country}`),
  };
}

describe('google-analytics', () => {
  for (const { name, run } of platformAcceptance(googleAnalytics, { open })) it(name, run);
});
