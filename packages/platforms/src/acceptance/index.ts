/**
 * `@bizinsights/jobs-platforms/acceptance`: what any platform has to get right, also one of a third party.
 *
 * @packageDocumentation
 */
import assert from 'node:assert/strict';
import { identifyAccount } from '../identify-account.js';
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
    { name: 'identifies its account, each time alike', run: () => checkIdentity(platform, open) },
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
    assertNamesNoSecret(connection.account, account.credentials);
    assert.equal(platform.credentials.safeParse({}).success, false, 'no credentials are accepted');
  } finally {
    await account.close();
  }
}

/** What `identifyAccount` tells a host: of a platform without `identify` it is what `connect` calls the account. */
async function checkIdentity<Credentials>(
  platform: Platform<Credentials>,
  open: () => Promise<PlatformUnderTest<Credentials>>,
): Promise<void> {
  const account = await open();
  try {
    const { credentials, http, now } = account;
    const identify = () => identifyAccount(platform, credentials, http, { now: () => now() });
    const name = await identify();
    assert.equal(name, name.trim(), 'the name of the account has white space around it');
    assert.ok(name !== '' && name.length <= 512, 'the name of the account is empty, or has more than 512 characters');
    assertNamesNoSecret(name, credentials);
    account.change();
    account.advance(1_000);
    assert.equal(await identify(), name, 'the account has another name each time');
  } finally {
    await account.close();
  }
}

function assertNamesNoSecret<Credentials>(name: string, credentials: Credentials): void {
  for (const text of Object.values(credentials ?? {})) {
    const isSecret = typeof text === 'string' && text.length >= 16 && !/[.:/@]/.test(text);
    assert.ok(!isSecret || !name.includes(text), 'the name of the account holds a credential');
  }
}
