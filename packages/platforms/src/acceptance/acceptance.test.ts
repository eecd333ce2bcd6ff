// The suite accepts a platform of a third party, and finds each defect that one may have.
import { expect, it } from 'vitest';
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
