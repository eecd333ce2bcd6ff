/** Which integration a webhook is for, and what its webhooks are signed with. */
import { trimSecrets } from '@bizinsights/jobs-core';
import type {
  WebhookAddress,
  WebhookIntegration,
  WebhookIntegrations,
  WebhookIntegrationWithSecrets,
} from '@bizinsights/jobs-webhooks';
import { and, desc, eq, lte, ne, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { integrations, webhookAccounts } from '../database/schema.js';
import { storableText } from '../records/storable.js';
import { checkAccount } from './connect-account.js';
import { readCredentials } from './credentials.js';
import type { Keyring } from './keyring.js';

/** What `register` takes. */
export interface WebhookAccount {
  /**
   * As the platform's webhooks name it: a shop's domain, an account's id. Default: the integration's own, as `connect` was
   * given it. With neither they come to an address with the integration's id. White space around it does not count.
   */
  readonly account?: string;
  /**
   * What its webhooks are signed with, where that is not one secret for all of the platform; several while it is replaced.
   * White space around them does not count.
   */
  readonly secrets?: readonly string[];
}

export class WebhookAccounts implements WebhookIntegrations {
  readonly #database: Database;
  readonly #keyring: () => Keyring;
  readonly #now: () => number;

  /**
   * @internal
   * @param keyring asked for when secrets are encrypted or decrypted
   */
  constructor(database: Database, keyring: () => Keyring, now: () => number) {
    this.#database = database;
    this.#keyring = keyring;
    this.#now = now;
  }

  /**
   * Says which webhooks are an integration's. Call it when its secrets change, and each time its account is connected unless
   * `connect` is given the account.
   *
   * @throws {ArgumentError} for an account that is empty or too long
   * @throws {ConfigError} when there are secrets and no key to encrypt them with
   */
  async register(integrationId: string, { account, secrets = [] }: WebhookAccount): Promise<void> {
    const signing = trimSecrets(secrets);
    const set = {
      account: account === undefined || account === null ? null : checkAccount(account),
      secrets:
        signing.length === 0 ? null : this.#keyring().encrypt(JSON.stringify(signing), secretsContext(integrationId)),
      registeredAt: this.#now(),
    };
    await this.#database
      .insert(webhookAccounts)
      .values({ integrationId, ...set })
      .onConflictDoUpdate({ target: webhookAccounts.integrationId, set });
  }

  /**
   * See `WebhookIntegrations`. Of several integrations of one account, that which was registered last.
   *
   * @throws {ConfigError} when the key is not there that its secrets were encrypted with
   */
  async find(address: WebhookAddress): Promise<WebhookIntegrationWithSecrets | undefined> {
    const [row] = await this.#addressed(address);
    return row && { id: row.id, organizationId: row.organizationId, webhookSecrets: this.#open(row) };
  }

  /** See `WebhookIntegrations`. That which was registered last comes first. */
  async findAll(address: WebhookAddress): Promise<readonly WebhookIntegration[]> {
    return (await this.#addressed(address)).map(({ id, organizationId }) => ({ id, organizationId }));
  }

  /**
   * See `WebhookIntegrations`: of which mode its key is.
   *
   * @throws {ConfigError} when the key is not there that they were encrypted with
   */
  async credentials(id: string): Promise<unknown> {
    return await readCredentials(this.#database, this.#keyring, id);
  }

  async #addressed({ platform, integrationId, account }: WebhookAddress) {
    const is = isAddressed(platform, integrationId, account);
    if (!is) return [];
    const { id, organizationId } = integrations;
    return await this.#database
      .select({ id, organizationId, secrets: webhookAccounts.secrets })
      .from(integrations)
      .leftJoin(webhookAccounts, eq(webhookAccounts.integrationId, id))
      .where(and(eq(integrations.platform, platform), ne(integrations.status, 'disabled'), is))
      .orderBy(sql`${desc(webhookAccounts.registeredAt)} NULLS LAST`, id);
  }

  async accessLost(id: string, reason: string, occurredAt = this.#now()): Promise<boolean> {
    const text = storableText(reason);
    const registeredLater = this.#database
      .select({ one: sql`1` })
      .from(webhookAccounts)
      .where(and(eq(webhookAccounts.integrationId, id), sql`${webhookAccounts.registeredAt} > ${occurredAt}`));
    const { rowCount } = await this.#database
      .update(integrations)
      .set({ status: 'access-lost', statusReason: text, lastError: text, lastFailedAt: occurredAt })
      .where(
        and(
          eq(integrations.id, id),
          ne(integrations.status, 'disabled'),
          lte(sql`coalesce(${integrations.connectedAt}, ${integrations.createdAt})`, occurredAt),
          sql`NOT EXISTS ${registeredLater}`,
        ),
      );
    return rowCount === 1;
  }

  #open({ id, secrets }: { readonly id: string; readonly secrets: string | null }): readonly string[] {
    if (secrets === null) return [];
    const opened: unknown = JSON.parse(this.#keyring().decrypt(secrets, secretsContext(id)));
    return Array.isArray(opened) ? opened.map(String) : [];
  }
}

/** Where both are given, both must fit: an address is not signed. An integration that names no account takes any. */
function isAddressed(
  platform: string,
  integrationId: string | undefined,
  account: string | undefined,
): SQL | undefined {
  if (integrationId !== undefined) {
    const byId = eq(integrations.id, integrationId);
    if (account === undefined) return byId;
    // Secrets of its own prove it already. What a migration has found may be another name of the same account.
    const isKnown = sql`${integrations.accountState} = 'named' AND ${webhookAccounts.secrets} IS NULL`;
    const named = sql`CASE WHEN ${isKnown} THEN ${integrations.account} END`;
    const own = sql`coalesce(${webhookAccounts.account}, ${named})`;
    return and(byId, sql`(${own} IS NULL OR ${own} = ${account})`);
  }
  if (account === undefined) return undefined;
  // Two look-ups by an index each, and what was registered holds.
  return sql`${integrations.id} IN (
    SELECT integration_id FROM ${webhookAccounts} AS registered WHERE registered.account = ${account}
    UNION ALL
    SELECT id FROM ${integrations} AS connected
    WHERE connected.platform = ${platform} AND connected.account = ${account} AND connected.account_state <> 'former'
      AND NOT EXISTS (
        SELECT FROM ${webhookAccounts} AS registered
        WHERE registered.integration_id = connected.id AND registered.account IS NOT NULL
      )
  )`;
}

/** So that what is encrypted as secrets is not taken for credentials. */
export function secretsContext(integrationId: string): string {
  return `webhooks:${integrationId}`;
}
