/** Alerts: where jobs raise them, and where an organization's people see, acknowledge and resolve them. */
import type {
  Alert,
  AlertNotice,
  AlertOccurrence,
  AlertStatus,
  AlertStore,
  ClaimedRecipient,
  RaisedAlert,
} from '@bizinsights/jobs-alerts';
import { ArgumentError, cursorCodec, NotFoundError } from '@bizinsights/jobs-core';
import { and, desc, eq, ne, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../database/database.js';
import { alerts } from '../database/schema.js';
import { idProblem } from '../integrations/connect-account.js';
import { claimRecipients, confirmSent } from './alert-notices.js';
import { isAlert, ofOrganization, toAlert } from './alert-rows.js';
import { raiseAlert } from './raise-alert.js';

const PAGE = 100;
const MAX_PAGE = 1_000;

const STATUSES: readonly AlertStatus[] = ['open', 'acknowledged', 'resolved'];

/** Which alerts to list. */
export interface AlertQuery {
  /** Default: all. */
  readonly status?: AlertStatus;
  /** 1 to 1,000, default 100. */
  readonly limit?: number;
  /** Of the page before. */
  readonly cursor?: string;
}

/** A page of alerts; `cursor` asks for the next one and is absent on the last. */
export interface AlertPage {
  readonly alerts: Alert[];
  readonly cursor?: string;
}

/** When the last alert of a page was opened, and its id. */
const cursors = cursorCodec('alerts', z.tuple([z.number(), z.string()]));

/**
 * Each method takes whose alerts are meant: an organization's id, or null for those about the system itself. An alert of
 * another organization is treated like one that there is not.
 */
export class Alerts implements AlertStore {
  readonly #database: Database;
  readonly #now: () => number;

  /** @internal */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** See `AlertStore`. */
  async raise(occurrence: AlertOccurrence): Promise<RaisedAlert> {
    return await this.#database.transaction((transaction) => raiseAlert(transaction, occurrence, this.#now()));
  }

  /** See `AlertStore`. */
  async claim(notice: AlertNotice, recipients: readonly string[]): Promise<ClaimedRecipient[]> {
    return await claimRecipients(this.#database, notice, recipients, this.#now());
  }

  /** See `AlertStore`. */
  async confirmSent(notice: AlertNotice, recipients: readonly string[]): Promise<void> {
    await confirmSent(this.#database, notice, recipients, this.#now());
  }

  /**
   * Alerts, the one that was opened last first. One that comes back between two pages is on neither of them.
   *
   * @throws {ArgumentError} for a status, a limit or a cursor that is none
   */
  async list(organizationId: string | null, query: AlertQuery = {}): Promise<AlertPage> {
    checkOwner(organizationId);
    const { status, limit = PAGE } = query;
    if (status !== undefined && !STATUSES.includes(status)) {
      throw new ArgumentError(`\`status\` must be one of ${STATUSES.join(', ')}, not "${status}"`);
    }
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      throw new ArgumentError(`\`limit\` must be a whole number from 1 to ${MAX_PAGE}, not ${limit}`);
    }
    const after = query.cursor === undefined ? undefined : cursors.read(query.cursor);
    const rows = await this.#database
      .select()
      .from(alerts)
      .where(
        and(
          ofOrganization(organizationId),
          status && eq(alerts.status, status),
          after && sql`(${alerts.openedAt}, ${alerts.id}) < (${after[0]}::bigint, ${after[1]}::text)`,
        ),
      )
      .orderBy(desc(alerts.openedAt), desc(alerts.id))
      // One more than the page holds tells whether there is a next one.
      .limit(limit + 1);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { alerts: page.map(toAlert), ...(last && { cursor: cursors.write([last.openedAt, last.id]) }) };
  }

  async get(organizationId: string | null, id: string): Promise<Alert | undefined> {
    checkOwner(organizationId);
    if (idProblem(id) !== undefined) return undefined;
    const [row] = await this.#database.select().from(alerts).where(isAlert(organizationId, id));
    return row && toAlert(row);
  }

  /**
   * Somebody looks after it. It stays deduplicated, and nobody is told again. One that is acknowledged or resolved already
   * stays as it is.
   *
   * @throws {NotFoundError} when this organization has no such alert
   * @throws {ArgumentError} for a `by` that is empty or longer than 255 characters
   */
  async acknowledge(organizationId: string | null, id: string, { by }: { readonly by: string }): Promise<Alert> {
    checkBy(by);
    const set = { status: 'acknowledged', acknowledgedBy: by, acknowledgedAt: this.#now() } as const;
    return await this.#change(organizationId, id, set, eq(alerts.status, 'open'));
  }

  /**
   * It is over. When it comes back it is opened again, and people are told again. One that is resolved already stays as it
   * is.
   *
   * @throws {NotFoundError} when this organization has no such alert
   * @throws {ArgumentError} for a `by` that is empty or longer than 255 characters
   */
  async resolve(organizationId: string | null, id: string, { by }: { readonly by: string }): Promise<Alert> {
    checkBy(by);
    const set = { status: 'resolved', resolvedBy: by, resolvedAt: this.#now() } as const;
    return await this.#change(organizationId, id, set, ne(alerts.status, 'resolved'));
  }

  async #change(
    organizationId: string | null,
    id: string,
    set: Partial<typeof alerts.$inferInsert>,
    where: ReturnType<typeof eq>,
  ): Promise<Alert> {
    checkOwner(organizationId);
    if (idProblem(id) !== undefined) throw notFound(organizationId, id);
    const [changed] = await this.#database
      .update(alerts)
      .set(set)
      .where(and(isAlert(organizationId, id), where))
      .returning();
    const alert = changed ? toAlert(changed) : await this.get(organizationId, id);
    if (!alert) throw notFound(organizationId, id);
    return alert;
  }
}

/** A host without types may have lost the organization on the way, and must not get the system's alerts for it. */
function checkOwner(organizationId: string | null): void {
  const problem = organizationId === null ? undefined : idProblem(organizationId);
  if (problem) throw new ArgumentError(`The organization's id is invalid: it ${problem}`);
}

function checkBy(by: string): void {
  const problem = idProblem(by);
  if (problem) throw new ArgumentError(`\`by\`, who acts on the alert, is invalid: it ${problem}`);
}

function notFound(organizationId: string | null, id: string): NotFoundError {
  const owner = organizationId === null ? 'The system' : `Organization "${organizationId}"`;
  return new NotFoundError(`${owner} has no alert "${id}"`);
}
