/** What platforms ask about personal data: erased, or handed out. */
import { ConflictError } from '@bizinsights/jobs-core';
import {
  hashId,
  idProblem,
  type PlatformRecord,
  type PrivacySubject,
  type RecordKind,
  type RejectedRecord,
} from '@bizinsights/jobs-platforms';
import type {
  CustomerData,
  ErasedCustomer,
  PrivacyRequests,
  WebhookAddress,
  WebhookIntegration,
} from '@bizinsights/jobs-webhooks';
import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Database, Transaction } from '../database/database.js';
import { cursors, integrations, records, rejectedRecords, webhookAccounts } from '../database/schema.js';
import { removeIntegration } from '../integrations/remove-integration.js';
import { dayOf, markDaysStale } from '../metrics/stale-days.js';
import { storableId, storableText } from '../records/storable.js';
import { type Erased, rememberErased } from './erased-records.js';

/** A customer as the statements need it. */
interface Person {
  readonly integrationId: string;
  readonly customerIds: readonly string[];
  readonly orderIds: readonly string[];
  /** In lower case: what else a record may name the person by. */
  readonly contacts: readonly string[];
}

export class Privacy implements PrivacyRequests {
  readonly #database: Database;
  readonly #now: () => number;

  /** @internal */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /**
   * See `PrivacyRequests`. By the account that `webhooks.register` was told, else by that which `connect` was given; where
   * neither holds for the credentials, by that which they had before, and by that which a sync has read.
   */
  async findAccount({
    platform,
    integrationId,
    account,
  }: WebhookAddress & { readonly account: string }): Promise<readonly WebhookIntegration[]> {
    const { id, organizationId } = integrations;
    const names = list([account, account.toLowerCase()]);
    const isRead = sql`EXISTS (
      SELECT FROM ${cursors} WHERE integration_id = ${id} AND ${cursors.cursor} ->> 'account' = ANY(${names})
    )`;
    const isOfAccount = sql`CASE
      WHEN ${webhookAccounts.account} IS NOT NULL THEN ${webhookAccounts.account} = ANY(${names})
      WHEN ${integrations.accountState} IN ('named', 'found') THEN ${integrations.account} = ANY(${names})
      ELSE coalesce(${integrations.account} = ANY(${names}), false) OR ${isRead}
    END`;
    return await this.#database
      .select({ id, organizationId })
      .from(integrations)
      .leftJoin(webhookAccounts, eq(webhookAccounts.integrationId, id))
      .where(
        and(
          eq(integrations.platform, platform),
          isOfAccount,
          integrationId === undefined ? undefined : eq(id, integrationId),
        ),
      )
      .orderBy(asc(id));
  }

  /**
   * See `PrivacyRequests`. What is left of the customer is the id, without anything else, and the moment: by these an older
   * state is known when it comes. Orders and charges that were placed before keep no link to the customer, however often
   * they come again. The days whose figures change are derived anew with the next `metrics.refresh`.
   */
  async eraseCustomer(integrationId: string, customer: PrivacySubject): Promise<ErasedCustomer> {
    const at = this.#now();
    const person = await this.#personOf(integrationId, customer);
    // First, and for itself: who begins to write from now on knows of it, and who has begun before is waited for below.
    await rememberErased(this.#database, integrationId, erasedOf(person), at);
    return await this.#database.transaction(async (transaction) => {
      const { rows } = await transaction.execute(
        sql`SELECT id FROM ${integrations} WHERE id = ${integrationId} FOR UPDATE`,
      );
      if (rows.length === 0) return { customers: 0, orders: 0, rejected: 0 };
      const customers = await eraseRecords(transaction, person, at);
      const orders = await unlinkOrders(transaction, person);
      const all = { ...person, orderIds: [...person.orderIds, ...orders.ids] };
      await rememberErased(transaction, integrationId, erasedOf(all), at);
      const rejected = await eraseRejected(transaction, all);
      await markDaysStale(transaction, integrationId, [...new Set([...customers.days, ...orders.days])]);
      return { customers: customers.count, orders: orders.ids.length, rejected };
    });
  }

  /** See `PrivacyRequests`. */
  async exportCustomer(integrationId: string, customer: PrivacySubject): Promise<CustomerData> {
    const person = await this.#personOf(integrationId, customer);
    const stored = await this.#database.execute<{ kind: RecordKind; id: string; data: PlatformRecord }>(sql`
      SELECT record.kind, record.id, record.data FROM ${records} AS record
      WHERE ${isRecordOf(person)} AND record.data IS NOT NULL ORDER BY record.kind, record.id`);
    const orderIds = stored.rows.filter(({ kind }) => kind !== 'customer').map(({ id }) => id);
    const aside = await this.#database.execute<Row<RejectedRecord>>(sql`
      SELECT aside.id, aside.kind, aside.reason, aside.raw FROM ${rejectedRecords} AS aside
      WHERE ${isRejectedOf({ ...person, orderIds: [...person.orderIds, ...orderIds] })} ORDER BY aside.kind, aside.id`);
    return { records: stored.rows.map(({ data }) => data), rejected: aside.rows };
  }

  /**
   * See `PrivacyRequests`. The same as `integrations.remove`.
   *
   * @throws {ConflictError} where the account of the credentials is unknown, and the platform accepts them:
   *   they may be another account's
   */
  async eraseAccount(integrationId: string, requestedAt: number): Promise<boolean> {
    const { createdAt, connectedAt: reconnectedAt, status, id, accountState } = integrations;
    const connectedAt = sql`greatest(${createdAt}, ${reconnectedAt}, ${webhookAccounts.registeredAt})`;
    return await this.#database.transaction(async (transaction) => {
      // Who connects the account right now is waited for, or waits and makes a new integration of it.
      await transaction.execute(sql`SELECT FROM ${integrations} WHERE id = ${integrationId} FOR UPDATE`);
      const [open] = await transaction
        .select({
          isConnectedAnew: sql<boolean>`${connectedAt} > ${requestedAt}`,
          isUnsure: sql<boolean>`${accountState} IS NOT DISTINCT FROM 'former' AND ${webhookAccounts.account} IS NULL`,
        })
        .from(integrations)
        .leftJoin(webhookAccounts, eq(webhookAccounts.integrationId, id))
        .where(and(eq(id, integrationId), inArray(status, ['active', 'error'])));
      if (open?.isConnectedAnew) return false;
      if (open?.isUnsure) {
        const problem = `it is not known of "${integrationId}", whose credentials were replaced by others of an unknown account`;
        throw new ConflictError(`The account cannot be erased: ${problem}: connect it with its account, or remove it`);
      }
      await removeIntegration(transaction, integrationId);
      return true;
    });
  }

  /** By the id, else by the address: a platform may know no more of somebody who has no account. */
  async #personOf(integrationId: string, { customerId, email, phone, orderIds }: PrivacySubject): Promise<Person> {
    const given = [email, phone].filter((contact) => contact !== undefined && contact.trim() !== '');
    const contacts = given.map((contact) => storableText(contact ?? '').toLowerCase());
    const person = { integrationId, contacts, orderIds: orderIds.map(storedId) };
    if (customerId) return { ...person, customerIds: [storedId(customerId)] };
    if (!email) return { ...person, customerIds: [] };
    const { rows } = await this.#database.execute<{ id: string }>(sql`
      SELECT id FROM ${records}
      WHERE integration_id = ${integrationId} AND kind = 'customer' AND lower(data ->> 'email') = lower(${storableText(email)})`);
    return { ...person, customerIds: rows.map(({ id }) => id) };
  }
}

type Row<T> = T & Record<string, unknown>;

const list = (values: readonly string[]) => sql`${sql.param(values)}::text[]`;

/** As the store keeps it, also where it is kept aside for its length. */
function storedId(given: string): string {
  const id = storableId(given);
  return id === '' || idProblem(id) === undefined ? id : hashId(JSON.stringify(id));
}

function erasedOf({ customerIds, orderIds }: Person): Erased[] {
  return [
    ...customerIds.map((id) => ({ kind: 'customer', id }) as const),
    ...orderIds.flatMap((id) => [{ kind: 'order', id } as const, { kind: 'charge', id } as const]),
  ];
}

/** Of a row `record` of records. */
function isRecordOf({ integrationId, customerIds, orderIds }: Person): SQL {
  return sql`record.integration_id = ${integrationId} AND (
    (record.kind = 'customer' AND record.id = ANY(${list(customerIds)}))
    OR (record.kind IN ('order', 'charge') AND record.customer_id = ANY(${list(customerIds)}))
    OR (record.kind = 'order' AND record.id = ANY(${list(orderIds)}))
  )`;
}

/**
 * Of a row `aside` of rejected records, which may look like anything: by its id, by the customer that it names (as an id or
 * as a path that ends in one), and by a text that is the person's address.
 */
function isRejectedOf({ integrationId, customerIds, orderIds, contacts }: Person): SQL {
  const named = sql`coalesce(aside.raw #>> '{customer,id}', aside.raw ->> 'customer_id', aside.raw ->> 'customer')`;
  return sql`aside.integration_id = ${integrationId} AND (
    (aside.kind = 'customer' AND aside.id = ANY(${list(customerIds)}))
    OR (aside.kind IN ('order', 'charge') AND aside.id = ANY(${list(orderIds)}))
    OR regexp_replace(${named}, '^.*/', '') = ANY(${list(customerIds)})
    OR EXISTS (
      SELECT FROM jsonb_path_query(aside.raw, 'strict $.**') AS value WHERE lower(value #>> '{}') = ANY(${list(contacts)})
    )
    OR EXISTS (
      -- One that is too large is kept as the start of its text.
      SELECT FROM unnest(${list(contacts)}) AS contact WHERE strpos(lower(aside.raw ->> 'start'), contact) > 0
    )
  )`;
}

/** Leaves the id and the moment. A row is made for a customer who was never seen: an older state may still come. */
async function eraseRecords(
  transaction: Transaction,
  { integrationId, customerIds }: Person,
  at: number,
): Promise<{ readonly count: number; readonly days: readonly string[] }> {
  const { rows } = await transaction.execute<{ day: string | null }>(sql`
    SELECT ${dayOf('record')}::text AS day FROM ${records} AS record
    WHERE record.integration_id = ${integrationId} AND record.kind = 'customer'
      AND record.id = ANY(${list(customerIds)}) AND record.data IS NOT NULL`);
  await transaction.execute(sql`
    INSERT INTO ${records} AS old (integration_id, kind, id, updated_at, deleted_at)
    SELECT ${integrationId}, 'customer', given.id, ${at}::bigint, ${at}::bigint FROM unnest(${list(customerIds)}) AS given (id)
    ON CONFLICT (integration_id, kind, id) DO UPDATE SET
      updated_at = greatest(old.updated_at, excluded.updated_at), deleted_at = excluded.deleted_at,
      occurred_at = NULL, moved_from = NULL, data = NULL, is_unmet = false`);
  return { count: rows.length, days: rows.flatMap(({ day }) => day ?? []) };
}

/** Orders and charges stay as figures. Answers whose they were no longer. */
async function unlinkOrders(
  transaction: Transaction,
  person: Person,
): Promise<{ readonly ids: readonly string[]; readonly days: readonly string[] }> {
  const { rows } = await transaction.execute<{ id: string; day: string | null }>(sql`
    UPDATE ${records} AS record SET customer_id = NULL, data = record.data - 'customerId'
    WHERE ${isRecordOf(person)} AND record.kind <> 'customer' AND record.customer_id IS NOT NULL
    RETURNING record.id, ${dayOf('record')}::text AS day`);
  return { ids: rows.map(({ id }) => id), days: rows.flatMap(({ day }) => day ?? []) };
}

/** Of an order it stays that it does not fit, and why: a figure is missing there. */
async function eraseRejected(transaction: Transaction, person: Person): Promise<number> {
  const isCustomer = sql`aside.kind = 'customer'`;
  const { rows: gone } = await transaction.execute(sql`
    DELETE FROM ${rejectedRecords} AS aside WHERE ${isRejectedOf(person)} AND ${isCustomer} RETURNING 1`);
  const { rows: emptied } = await transaction.execute(sql`
    UPDATE ${rejectedRecords} AS aside SET raw = NULL
    WHERE ${isRejectedOf(person)} AND NOT ${isCustomer} AND aside.raw IS NOT NULL RETURNING 1`);
  return gone.length + emptied.length;
}
