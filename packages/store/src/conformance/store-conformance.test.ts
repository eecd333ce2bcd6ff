// The suite accepts a store of a host's own, and finds each defect that one may have.
import { expect, it } from 'vitest';
import { type Defect, memoryStore } from '../fixtures/memory-store.js';
import { storeConformance } from './index.js';

/** The names of the cases that fail, and what they say. */
async function failing(...given: Parameters<typeof memoryStore>): Promise<string[]> {
  const failed: string[] = [];
  const store = memoryStore(...given);
  for (const { name, run } of storeConformance(() => store)) {
    await run().catch((error: unknown) => failed.push(`${name}: ${error}`));
  }
  return failed;
}

it('accepts a store that does it right', async () => expect(await failing('none')).toEqual([]));

it('accepts one that does not tell of states of one time', async () =>
  expect(await failing('none', false)).toEqual([]));

it('accepts one that does not know accounts', async () => expect(await failing('none', true, false)).toEqual([]));

it.each<[Defect, RegExp]>([
  ['keeps half of a batch that fails', /whole and with its cursor.*the records of a batch that failed/],
  ['saves the cursor before the records', /at no moment.*the cursor stands at \d+ records/],
  ['saves the cursor after the records', /at no moment.*there are \d+ records, and the cursor/],
  ['lets an older state win', /an older one changes nothing/],
  ['overlooks a tie', /states of one time/],
  ['replaces a tie that is to be kept', /keeps what is there where that is wanted/],
  ['forgets what an order has said before', /an order keeps the channel and the country/],
  ['forgets what was gone before it was seen', /what is gone is gone/],
  ['counts what differs in its time alone', /its time alone counts as unchanged/],
  ['mixes the kinds', /of another kind/],
  ['keeps aside what fits by now', /until it fits/],
  ['fails at an id that is too long', /an id of 4,000 characters stops no other/],
  ['takes what an old connection says for the new one', /connected anew/],
  ['brings back who was erased', /does not come back with what was known before/],
  ['makes another integration of an account at once', /connected ten times at once/],
  ['forgets the cursor of an account that is connected again', /one integration of each in an organization/],
  ['sweeps what a read has rejected', /what it has rejected is not/],
  ['sweeps what others have written', /written by others while a full read goes on/],
  ['sweeps however many', /where too many would be/],
  ['sweeps with an unknown id', /a rejected record could not be read/],
  ['sweeps beyond the reach', /before the reach/],
  ['sweeps again', /called again changes nothing/],
  ['forgets a read for a late page of another', /given up takes nothing/],
  ['buries what a full read has not met', /with a full read that meets it/],
])('finds a store that %s', async (defect, said) => {
  expect((await failing(defect)).join('\n')).toMatch(said);
});
