// The acceptance suite finds a report that names the wrong days as provisional.
import { addDays, type Platform, type ReadOptions } from '@bizinsights/jobs-platforms';
import { platformAcceptance } from '@bizinsights/jobs-platforms/acceptance';
import { googleAnalytics } from '@bizinsights/jobs-platforms/google-analytics';
import { expect, it } from 'vitest';
import { startSandbox } from '../index.js';

it.each([
  [-1, 'rows that may be restated have not come again'],
  [1, 'rows have come again that were said to be final'],
])('finds a report whose days are said to be provisional %i days off', async (shift, problem) => {
  const platform: Platform<Parameters<typeof googleAnalytics.connect>[0]> = {
    ...googleAnalytics,
    connect(credentials, http) {
      const connection = googleAnalytics.connect(credentials, http);
      const streams = connection.streams.map((stream) => ({
        ...stream,
        async *read(options: ReadOptions) {
          for await (const page of stream.read(options)) {
            const { provisionalFrom } = page;
            yield provisionalFrom === undefined ? page : { ...page, provisionalFrom: addDays(provisionalFrom, shift) };
          }
        },
      }));
      return { ...connection, streams };
    },
  };
  async function open() {
    const sandbox = await startSandbox({ platforms: ['google-analytics'], days: 10, ordersPerDay: 1 });
    const { shop, http, now, advance, change, close, 'google-analytics': server } = sandbox;
    const ids = () => shop.traffic().map(({ day, channel, country }) => `${day}/${channel}/${country}`);
    return { http, now, advance, change, close, ids, credentials: server.credentials, faults: server.faults };
  }
  const found = platformAcceptance(platform, { open }).find(({ name }) =>
    name.includes('come again with the next read'),
  );
  await expect(found?.run()).rejects.toThrow(problem);
});
