/**
 * `@bizinsights/jobs-platforms/acceptance`: what any platform has to get right, also one of a third party.
 *
 * @packageDocumentation
 */
import assert from 'node:assert/strict';
import type { Platform } from '../platform.js';
import { ANSWER_CASES } from './answer-cases.js';
import { READ_CASES } from './read-cases.js';
import { Reading } from './reading.js';
import { TROUBLE_CASES } from './trouble-cases.js';
import type { AcceptanceCase, PlatformUnderTest } from './under-test.js';

export type { AcceptanceCase, AcceptanceFault, FaultList, PlatformUnderTest } from './under-test.js';

/** What `platformAcceptance` takes. */
export interface PlatformAcceptanceOptions<Credentials> {
  /** Opens an account on a server of its own, for one case. */
  open(): Promise<PlatformUnderTest<Credentials>>;
}

/**
 * The cases, for any test runner.
 *
 * @example
 * ```ts
 * describe('stripe', () => {
 *   for (const { name, run } of platformAcceptance(stripe, { open })) it(name, run);
 * });
 * ```
 */
export function platformAcceptance<Credentials>(
  platform: Platform<Credentials>,
  { open }: PlatformAcceptanceOptions<Credentials>,
): AcceptanceCase[] {
  const streams = platform.streams.flatMap((stream) =>
    Object.entries({ ...READ_CASES, ...ANSWER_CASES, ...TROUBLE_CASES }).map(
      ([name, check]): AcceptanceCase => ({
        name: `${stream}: ${name}`,
        async run() {
          const account = await open();
          try {
            await check(new Reading(platform, stream, account));
          } finally {
            await account.close();
          }
        },
      }),
    ),
  );
  return [
    { name: 'names its streams and its account, and holds no secret', run: () => checkNames(platform, open) },
    ...streams,
  ];
}

async function checkNames<Credentials>(
  platform: Platform<Credentials>,
  open: () => Promise<PlatformUnderTest<Credentials>>,
): Promise<void> {
  const account = await open();
  try {
    assert.match(platform.id, /^[a-z0-9][a-z0-9-]*$/, 'the id stands in URLs');
    assert.ok(platform.rhythm > 0 && platform.budget.requests > 0 && platform.budget.per > 0, 'rhythm and budget');
    const connection = platform.connect(platform.credentials.parse(account.credentials), account.http);
    assert.deepEqual(
      connection.streams.map(({ name }) => name),
      platform.streams,
      'the names of the streams',
    );
    assert.ok(connection.account !== '', 'the account has no name');
    for (const text of Object.values(account.credentials ?? {})) {
      const isSecret = typeof text === 'string' && text.length >= 16 && !/[.:/@]/.test(text);
      assert.ok(!isSecret || !connection.account.includes(text), 'the name of the account holds a credential');
    }
    assert.equal(platform.credentials.safeParse({}).success, false, 'no credentials are accepted');
  } finally {
    await account.close();
  }
}
