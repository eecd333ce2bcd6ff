/** Trouble: each kind says by its error what the job does, and nothing that was read is lost. */
import assert from 'node:assert/strict';
import { AccessLostError, PlatformResponseError, RateLimitError } from '../errors.js';
import type { StreamCheck } from './read-cases.js';
import { assertSameRows, type Reading, Table } from './reading.js';
import type { AcceptanceFault } from './under-test.js';

const DAY = 86_400_000;

/** How long an answer that never comes is waited for, ms. */
const PATIENCE = 100;

export const TROUBLE_CASES: Readonly<Record<string, StreamCheck>> = {
  async 'told to slow down, it says for how long, and goes on from there'(reading) {
    await failAndGoOn(reading, 'rate-limited', (error) => {
      assert.ok(error instanceof RateLimitError, `not a RateLimitError: ${error}`);
      assert.ok(error.delay > 0 && error.delay <= DAY, `a delay of ${error.delay} ms`);
    });
  },

  async 'lost access is an AccessLostError, and a later read goes on from there'(reading) {
    await failAndGoOn(reading, 'access-lost', (error) => {
      assert.ok(error instanceof AccessLostError, `not an AccessLostError: ${error}`);
    });
  },

  async 'an error of the server is tried again'(reading) {
    await failAndGoOn(reading, 'server-error', assertTriedAgain);
  },

  async 'a connection that is cut is tried again'(reading) {
    await failAndGoOn(reading, 'cut', assertTriedAgain);
    await failAndGoOn(reading, 'cut-answer', assertTriedAgain);
  },

  async 'an answer that is not JSON is tried again'(reading) {
    await failAndGoOn(reading, 'not-json', assertTriedAgain);
  },

  async 'a record that does not fit is kept aside with its reason'(reading) {
    const { account, stream } = reading;
    const truth = await reading.truth();
    account.faults.push('bad-record');
    const table = await reading.read(new Table());
    assert.equal(table.rejected.length, 1, 'one record is to be rejected');
    for (const { id, kind, reason, raw } of table.rejected) {
      assert.ok(id !== '' && reason !== '' && raw !== undefined, 'a rejected record has its id, its reason and itself');
      assert.equal(kind, stream.kind);
    }
    assert.equal(table.rows.size, truth.rows.size - 1, 'the other records are to be there');
  },

  async 'pages that go in a circle end with an error'(reading) {
    const { account } = reading;
    const { pages } = await reading.truth();
    account.faults.push('none', ...new Array<'repeat'>(500).fill('repeat'));
    const table = new Table();
    // A stream of one page has nothing that could go in a circle.
    if (pages === 1) await reading.read(table);
    else assertTriedAgain(await reading.fail(table));
    assert.ok(table.pages < 100, `${table.pages} pages were read before it was seen`);
  },

  async 'a signal ends the read'(reading) {
    const controller = new AbortController();
    const reason = new Error('stop');
    controller.abort(reason);
    assert.equal(await reading.fail(new Table(), { signal: controller.signal }), reason);
  },

  async 'a signal ends a read that waits for an answer, and a later one goes on from there'(reading) {
    const { faults } = reading.account;
    const truth = await reading.truth();
    const table = new Table();
    faults.push('hang');
    const signal = AbortSignal.timeout(PATIENCE);
    assert.equal(await reading.fail(table, { signal }), signal.reason, 'it did not end with the reason of the signal');
    faults.length = 0;
    assertSameRows(await reading.read(table), truth, 'the table');
  },
};

function assertTriedAgain(error: Error): void {
  assert.ok(error instanceof PlatformResponseError, `not a PlatformResponseError: ${error}`);
}

/** Fails at the first request, and at the second, and then goes on from the cursor that was stored. */
async function failAndGoOn<Credentials>(
  reading: Reading<Credentials>,
  fault: AcceptanceFault,
  check: (error: Error) => void,
): Promise<void> {
  const truth = await reading.truth();
  const { faults } = reading.account;
  const table = new Table();
  faults.push(fault);
  check(await reading.fail(table));
  assert.equal(table.rows.size, 0, 'records came with an answer that could not be read');
  if (truth.pages > 1) {
    faults.push('none', fault);
    check(await reading.fail(table));
  }
  await reading.read(table);
  assertSameRows(table, truth, 'the table');
}
