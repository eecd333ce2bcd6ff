/** Integrations: what syncs need of them, and what a host does with them. */
import { rhythmShape, toIssues } from '@bizinsights/jobs-core';
import type {
  Integration,
  IntegrationStatus,
  IntegrationStore,
  SyncOutcome,
  SyncRhythm,
} from '@bizinsights/jobs-data-sync';
import type { Json } from '@bizinsights/jobs-platforms';
import type { WithWebhookIntegrations } from '@bizinsights/jobs-webhooks';
import { and, asc, eq, gt, ne, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { cursors, integrations } from '../database/schema.js';
import { storableText } from '../records/storable.js';
import { checkAccount, connectAccount, type IntegrationRow, idProblem, wrong } from './connect-account.js';
import { readCredentials } from './credentials.js';
import type { Keyring } from './keyring.js';
import { removeIntegration } from './remove-integration.js';
import type { WebhookAccounts } from './webhook-accounts.js';

/** How many are read at a time where all are walked over. */
const PAGE = 500;

/** See `SyncRhythm`. */
const rhythmOfSync = rhythmShape({ shortest: 60_000 });

/** What `connect` takes. */
export interface NewConnection {
  /** Of 1 to 255 characters. Default: that of the account's integration, else a new one. */
  readonly id?: string | undefined;
  readonly organizationId: string;
  /** The platform's id. */
  readonly platform: string;
  /**
   * The platform's own name of the account, as `identifyAccount` of `@bizinsights/jobs-platforms` reads it: of 1 to 512
   * characters, without white space around it. Default: it is not known.
   */
  readonly account?: string | undefined;
  /** What the platform's `credentials` schema takes. Kept as JSON. */
  readonly credentials: object;
  /** Default: the platform's. */
  readonly rhythm?: SyncRhythm;
}

/** An integration with all that is known of it but its credentials. Times are epoch ms. */
export interface StoredIntegration extends Integration {
  /** The platform's own name of the account, where `connect` was given it with the credentials, or a migration has found it. */
  readonly account: string | undefined;
  /** Why access was lost. */
  readonly statusReason: string | undefined;
  /** Of the last sync, if it failed. */
  readonly lastError: string | undefined;
  readonly lastSyncedAt: number | undefined;
  readonly lastFailedAt: number | undefined;
  readonly createdAt: number;
}

/** What `connect` answers. */
export interface ConnectedIntegration extends StoredIntegration {
  /** Whether it was there before. */
  readonly reconnected: boolean;
}

export class Integrations implements IntegrationStore, WithWebhookIntegrations {
  /** The port of `@bizinsights/jobs-webhooks`, so that it takes `store.integrations` too. The same as `store.webhooks`. */
  readonly webhooks: WebhookAccounts;
  readonly #database: Database;
  readonly #keyring: () => Keyring;
  readonly #now: () => number;

  /**
   * @internal
   * @param keyring asked for when something is encrypted or decrypted: who only reads records needs no key
   */
  constructor(database: Database, keyring: () => Keyring, now: () => number, webhooks: WebhookAccounts) {
    this.webhooks = webhooks;
    this.#database = database;
    this.#keyring = keyring;
    this.#now = now;
  }

  /**
   * Connects an account: a new integration, or an existing one anew, which is active again whatever it was. Its id, records,
   * cursors and rhythm stay, and its credentials are replaced.
   *
   * With `account` there is one integration of it in the organization, however often and however many at once connect it:
   * the existing one is found, also without its id or by an id that is not known. An integration of no account, or whose
   * account a migration has found, takes over the one that is given with its id. Without `account` only `id` finds one; what
   * is known of its account does not hold for the new credentials, until it is connected with `account` again.
   *
   * @throws {ConflictError} when the id is that of an integration of another organization, platform or account, and when
   *   id and account are of two integrations
   * @throws {ArgumentError} for an id or an account that is empty or too long, for credentials that are no object, and for
   *   a rhythm that cannot be
   * @throws {ConfigError} when there is no key to encrypt with
   * @example
   * ```ts
   * // The callback of an OAuth login, whether it is the first one or the tenth:
   * const account = await identifyAccount('shopify', credentials);
   * const { id, reconnected } = await store.integrations.connect({ organizationId, platform: 'shopify', account, credentials });
   * ```
   */
  async connect({
    id,
    organizationId,
    platform,
    account,
    credentials,
    rhythm,
  }: NewConnection): Promise<ConnectedIntegration> {
    if (rhythm) checkRhythm(rhythm);
    for (const [path, given] of Object.entries({ id, organizationId, platform })) {
      const problem = path === 'id' && given === undefined ? undefined : idProblem(given);
      if (problem !== undefined) throw wrong(path, problem);
    }
    if (typeof credentials !== 'object' || credentials === null) throw wrong('credentials', 'must be an object');
    const keyring = this.#keyring();
    const text = JSON.stringify(credentials);
    const { row, reconnected } = await connectAccount(this.#database, {
      id,
      organizationId,
      platform,
      account: account === undefined ? undefined : checkAccount(account),
      rhythm,
      seal: (integrationId) => keyring.encrypt(text, integrationId),
      now: this.#now(),
    });
    return { ...toIntegration(row), reconnected };
  }

  async find(id: string): Promise<StoredIntegration | undefined> {
    const [row] = await this.#database.select().from(integrations).where(eq(integrations.id, id));
    return row && toIntegration(row);
  }

  /** All of an organization, oldest first. */
  async list(organizationId: string): Promise<StoredIntegration[]> {
    const rows = await this.#database
      .select()
      .from(integrations)
      .where(eq(integrations.organizationId, organizationId))
      .orderBy(asc(integrations.createdAt), asc(integrations.id));
    return rows.map(toIntegration);
  }

  /**
   * See `IntegrationStore`.
   *
   * @throws {ConfigError} when the key is not there that they were encrypted with
   */
  async credentials(id: string): Promise<unknown> {
    return await readCredentials(this.#database, this.#keyring, id);
  }

  async cursor(id: string, stream: string): Promise<Json | undefined> {
    const [row] = await this.#database
      .select({ cursor: cursors.cursor })
      .from(cursors)
      .where(and(eq(cursors.integrationId, id), eq(cursors.stream, stream)));
    return row?.cursor;
  }

  async *scheduled(): AsyncGenerator<StoredIntegration> {
    for await (const row of this.#walk(ne(integrations.status, 'disabled'))) yield toIntegration(row);
  }

  async report({ id, connection }: Integration, outcome: SyncOutcome): Promise<void> {
    const { kind, at } = outcome;
    const isOf = and(eq(integrations.id, id), ne(integrations.status, 'disabled'));
    const update = (set: Parameters<ReturnType<Database['update']>['set']>[0], where: SQL | undefined) =>
      this.#database.update(integrations).set(set).where(where);
    if (kind === 'synced') {
      await update({ status: 'active', statusReason: null, lastError: null, lastSyncedAt: at }, isOf);
      return;
    }
    const reason = storableText(outcome.reason);
    if (kind === 'access-lost') {
      const lost = { status: 'access-lost', statusReason: reason, lastError: reason, lastFailedAt: at };
      await update(lost, and(isOf, eq(integrations.connection, connection)));
      return;
    }
    const status = sql`CASE WHEN ${integrations.status} = 'access-lost' THEN 'access-lost' ELSE 'error' END`;
    await update({ status, lastError: reason, lastFailedAt: at }, isOf);
  }

  /**
   * When it is synced; `undefined`: in its platform's rhythm.
   *
   * @throws {ArgumentError} for a rhythm that cannot be
   */
  async setRhythm(id: string, rhythm: SyncRhythm | undefined): Promise<void> {
    if (rhythm) checkRhythm(rhythm);
    await this.#database
      .update(integrations)
      .set({ rhythm: rhythm ?? null })
      .where(eq(integrations.id, id));
  }

  /** Switched off, it is synced neither by schedule nor by hand. */
  async disable(id: string): Promise<void> {
    await this.#database.update(integrations).set({ status: 'disabled' }).where(eq(integrations.id, id));
  }

  /** Switches a disabled one on again. */
  async enable(id: string): Promise<void> {
    const isDisabled = and(eq(integrations.id, id), eq(integrations.status, 'disabled'));
    await this.#database.update(integrations).set({ status: 'active' }).where(isDisabled);
  }

  /**
   * Removes an integration with its credentials, cursors and records. The days that they were of are derived anew with the
   * next `metrics.refresh`; an organization without any other integration has no metrics from then on.
   */
  async remove(id: string): Promise<void> {
    await this.#database.transaction((transaction) => removeIntegration(transaction, id));
  }

  /** Page by page and by id, so that memory stays flat and no transaction is open for long. */
  async *#walk(where: SQL): AsyncGenerator<IntegrationRow> {
    let after = '';
    for (;;) {
      const rows = await this.#database
        .select()
        .from(integrations)
        .where(and(where, gt(integrations.id, after)))
        .orderBy(asc(integrations.id))
        .limit(PAGE);
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      after = last.id;
    }
  }
}

function toIntegration(row: IntegrationRow): StoredIntegration {
  const { id, organizationId, platform, status, connection, createdAt, rhythm } = row;
  return {
    id,
    organizationId,
    platform,
    status: status satisfies IntegrationStatus,
    connection,
    createdAt,
    account: row.accountState === 'former' ? undefined : (row.account ?? undefined),
    ...(rhythm === null ? {} : { rhythm }),
    statusReason: row.statusReason ?? undefined,
    lastError: row.lastError ?? undefined,
    lastSyncedAt: row.lastSyncedAt ?? undefined,
    lastFailedAt: row.lastFailedAt ?? undefined,
  };
}

/** When it is set, and not at night, when the schedules are made of it. */
function checkRhythm(rhythm: SyncRhythm): void {
  const [issue] = toIssues(rhythmOfSync.safeParse(rhythm).error?.issues ?? []);
  if (issue) throw wrong(['rhythm', ...issue.path.map(String)].join('.'), issue.message);
}
