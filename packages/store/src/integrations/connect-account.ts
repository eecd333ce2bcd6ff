/** Connecting an account: a new integration, or the one that it has already. */
import { randomUUID } from 'node:crypto';
import { ArgumentError, ConflictError, defined } from '@bizinsights/jobs-core';
import type { SyncRhythm } from '@bizinsights/jobs-data-sync';
import { and, eq, or, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { integrations } from '../database/schema.js';
import { storableText } from '../records/storable.js';

/** Any number of our own. */
const LOCK = 0x61_63_63;

/** Characters of an account's name. What the webhooks plugin takes, too. */
const MAX_ACCOUNT = 512;

/** Characters of an id. What the queues take, too; several make one entry of an index, which takes 2,704 bytes. */
const MAX_ID = 255;

export type IntegrationRow = typeof integrations.$inferSelect;

/** What an account is connected with, checked. */
export interface Connecting {
  readonly id: string | undefined;
  readonly organizationId: string;
  readonly platform: string;
  readonly account: string | undefined;
  readonly rhythm: SyncRhythm | undefined;
  /** Encrypts the credentials, for the integration that they turn out to be of. */
  readonly seal: (id: string) => string;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * One transaction. Those of one organization and platform take turns: of ten callbacks of one login that come at once,
 * one makes the integration, and the others find it.
 *
 * @throws {ConflictError} see `Integrations.connect`
 */
export async function connectAccount(
  database: Database,
  connecting: Connecting,
): Promise<{ readonly row: IntegrationRow; readonly reconnected: boolean }> {
  const { organizationId, platform, account, rhythm, seal, now } = connecting;
  const changes = {
    status: 'active',
    statusReason: null,
    lastError: null,
    connection: randomUUID(),
    connectedAt: now,
    ...defined({ rhythm }),
  } as const;
  return await database.transaction(async (transaction) => {
    const turn = `${organizationId} ${platform}`;
    await transaction.execute(sql`SELECT pg_advisory_xact_lock(${LOCK}, hashtext(${turn}))`);
    const known = await findKnown(transaction, connecting);
    if (known) {
      const [row] = await transaction
        .update(integrations)
        .set({ ...changes, ...namedAs(account, known), credentials: seal(known.id) })
        .where(eq(integrations.id, known.id))
        .returning();
      if (row) return { row, reconnected: true };
      // It has been removed since.
    }
    const { id = randomUUID() } = connecting;
    const [row] = await transaction
      .insert(integrations)
      .values({
        id,
        organizationId,
        platform,
        createdAt: now,
        ...changes,
        ...namedAs(account, undefined),
        credentials: seal(id),
      })
      .onConflictDoNothing({ target: integrations.id })
      .returning();
    if (!row) throw ofAnother(id);
    return { row, reconnected: false };
  });
}

/** Without a name, that of the credentials before is kept to be found by, and does not hold for the new ones. */
function namedAs(
  account: string | undefined,
  known: IntegrationRow | undefined,
): Pick<IntegrationRow, 'account' | 'accountState'> {
  if (account !== undefined) return { account, accountState: 'named' };
  const former = known?.account ?? null;
  return { account: former, accountState: former === null ? null : 'former' };
}

/** The integration to connect anew; undefined: there is none. */
async function findKnown(
  transaction: Pick<Database, 'select'>,
  { id, organizationId, platform, account }: Connecting,
): Promise<IntegrationRow | undefined> {
  const isOwn = and(eq(integrations.organizationId, organizationId), eq(integrations.platform, platform));
  const wanted = [
    ...(id === undefined ? [] : [eq(integrations.id, id)]),
    ...(account === undefined ? [] : [and(isOwn, eq(integrations.account, account))]),
  ];
  if (wanted.length === 0) return undefined;
  const rows = await transaction
    .select()
    .from(integrations)
    .where(or(...wanted));
  const byId = rows.find((row) => row.id === id);
  const byAccount = rows.find((row) => row.account === account && row !== byId);
  // An id may come from outside: it must not carry away what is another's, nor mix the records of two platforms.
  if (byId && (byId.organizationId !== organizationId || byId.platform !== platform)) throw ofAnother(byId.id);
  if (byId && byAccount) {
    const problem = `"${byId.id}" is not the integration of this account, which is "${byAccount.id}"`;
    throw conflict('id', `${problem}: connect it without an id, or with that one`);
  }
  if (account !== undefined && byId?.accountState === 'named' && byId.account !== account) {
    const problem = `integration "${byId.id}" is of another account, and the records of the two would be mixed`;
    throw conflict('account', `${problem}: connect this one without an id, or log in with the other one`);
  }
  return byId ?? byAccount;
}

function ofAnother(id: string): ConflictError {
  return conflict(
    'id',
    `"${id}" is an integration of another organization or platform: connect this one without an id`,
  );
}

/** What an integration is given, and what there is already, do not go together. */
function conflict(path: string, message: string): ConflictError {
  return new ConflictError(`The integration cannot be connected: ${path}: ${message}`);
}

/**
 * The name of an account, without white space around it.
 *
 * @throws {ArgumentError} when it is none
 */
export function checkAccount(account: unknown): string {
  const name = typeof account === 'string' ? account.trim() : account;
  const problem = textProblem(name, MAX_ACCOUNT);
  if (problem !== undefined) throw wrong('account', `${problem}; take the name that identifyAccount gives`);
  return String(name);
}

/** What is wrong with the id of an integration, an organization or a platform; undefined where it is right. */
export function idProblem(id: unknown): string | undefined {
  return textProblem(id, MAX_ID);
}

function textProblem(text: unknown, limit: number): string | undefined {
  if (typeof text !== 'string') return 'must be a text';
  if (text === '') return 'is empty';
  if (text.length > limit) return `has ${text.length} characters, and may have ${limit}`;
  if (storableText(text) !== text) return 'has the character NUL or half of a surrogate pair';
  return undefined;
}

/** A problem with what an integration is given. */
export function wrong(path: string, message: string): ArgumentError {
  return new ArgumentError(`The integration is invalid: ${path}: ${message}`);
}
