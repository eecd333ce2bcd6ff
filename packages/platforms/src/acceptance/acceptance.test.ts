// The suite accepts a platform of a third party, and finds each defect that one may have.
import { expect, it } from 'vitest';
import { googleAnalytics } from '../google-analytics/index.js';
import type { Platform, ReadOptions } from '../platform.js';
import { addDays } from '../records/calendar-day.js';
import { startSandbox } from '../sandbox/index.js';
import { type Defect, ledger, openLedger } from './fixtures/ledger.js';
import { platformAcceptance } from './index.js';

/** The names of the cases that fail. */
async function failing(defect: Defect): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of platformAcceptance(ledger(defect), { open: async () => openLedger(defect) })) {
    await run().catch(() => failed.push(name.replace('entries: ', '')));
  }
  return failed;
}

it('accepts a platform that does it right', async () => expect(await failing('none')).toEqual([]));

it.each<[Defect, ...RegExp[]]>([
  ['pages by number', /doubled when records change while it is read in full/, /lost when others are deleted/],
  ['forgets the last page', /a full read brings every record once/],
  ['sends the first record twice', /a full read brings every record once/],
  ['wants no overlap and no time', /an incremental read brings what is new/],
  ['takes a circle for pages', /pages that go in a circle/],
  ['takes 401 for an error', /lost access/],
  ['takes 429 for an error', /slow down/],
  ['stops at a bad record', /a record that does not fit/],
  ['tells its token', /an error of the server/],
  ['drops what it has when it resumes', /a full read goes on behind any page/],
  ['ignores the signal', /a signal ends the read/, /a signal ends a read that waits/],
  ['ignores since', /a read since a moment/],
  ['knows no byte-order mark', /begins with a byte-order mark/],
  ['takes an id of any length', /whose id is too long/],
  ['rounds its ids', /ids that a double cannot hold/],
])('finds a platform that %s', async (defect, ...names) => {
  const failed = (await failing(defect)).join('\n');
  for (const name of names) expect(failed).toMatch(name);
});

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
