/** Organizations and their members: whose integrations they are, in which zone and currency their days are counted. */
import { ArgumentError, ConflictError, isTimeZone } from '@bizinsights/jobs-core';
import type { InsightOrganizations } from '@bizinsights/jobs-insights';
import { and, asc, eq, gt } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { integrations, members, organizations } from '../database/schema.js';
import { lockMetrics, markAllStale } from '../metrics/stale-days.js';
import { idProblem } from './connect-account.js';

export interface Organization {
  /** Of 1 to 255 characters. */
  readonly id: string;
  readonly name: string;
  /** IANA, such as `Europe/Berlin`, and no offset such as `+02:00`: whose days the metrics are of. */
  readonly timeZone: string;
  /** ISO 4217: what the metrics are in. */
  readonly currency: string;
}

export interface Member {
  readonly organizationId: string;
  readonly id: string;
  readonly email: string;
  readonly name?: string;
  readonly role: string;
  /** Default: the organization's. */
  readonly timeZone?: string;
}

/** Organizations that are read at once. */
const PAGE = 500;

export class Organizations implements InsightOrganizations {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /**
   * Adds an organization, or changes it. With another zone or currency all of its days are other ones: the next
   * `metrics.refresh` derives them anew.
   *
   * @throws {ArgumentError} for a zone or a currency that does not exist, and for an id that is empty or too long
   */
  async upsert(organization: Organization): Promise<void> {
    const problem = idProblem(organization.id);
    if (problem !== undefined) throw wrong('id', problem);
    checkZone(organization.timeZone);
    if (!/^[A-Z]{3}$/.test(organization.currency)) {
      throw wrong('currency', `"${organization.currency}" is not a code of ISO 4217, such as "EUR"`);
    }
    const { id, ...set } = organization;
    await this.#database.transaction(async (transaction) => {
      // Who derives days right now does so as they were before, and must not take those for done that are marked here.
      await lockMetrics(transaction, id);
      const [before] = await transaction.select().from(organizations).where(eq(organizations.id, id));
      await transaction
        .insert(organizations)
        .values({ id, ...set, createdAt: this.#now() })
        .onConflictDoUpdate({ target: organizations.id, set });
      const isAsBefore = before?.timeZone === set.timeZone && before.currency === set.currency;
      if (before && !isAsBefore) await markAllStale(transaction, id);
    });
  }

  async get(id: string): Promise<Organization | undefined> {
    const { name, timeZone, currency } = organizations;
    const [row] = await this.#database
      .select({ id: organizations.id, name, timeZone, currency })
      .from(organizations)
      .where(eq(organizations.id, id));
    return row;
  }

  /** The ids of all organizations, in their order. */
  async *ids(): AsyncGenerator<string> {
    let after = '';
    for (;;) {
      const rows = await this.#database
        .select({ id: organizations.id })
        .from(organizations)
        .where(gt(organizations.id, after))
        .orderBy(asc(organizations.id))
        .limit(PAGE);
      yield* rows.map(({ id }) => id);
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      after = last.id;
    }
  }

  /**
   * Removes an organization with its members and metrics.
   *
   * @throws {ConflictError} while it has integrations: remove them first, one after the other
   */
  async remove(id: string): Promise<void> {
    const left = await this.#database.$count(integrations, eq(integrations.organizationId, id));
    if (left > 0) {
      throw new ConflictError(
        `Organization "${id}" cannot be removed: it still has ${left} integrations; remove them first`,
      );
    }
    await this.#database.delete(organizations).where(eq(organizations.id, id));
  }

  /** @throws {ArgumentError} for a zone that does not exist */
  async upsertMember(member: Member): Promise<void> {
    if (member.timeZone !== undefined) checkZone(member.timeZone);
    const { organizationId, id, email, role, name = null, timeZone = null } = member;
    const set = { email, role, name, timeZone };
    await this.#database
      .insert(members)
      .values({ organizationId, id, ...set, createdAt: this.#now() })
      .onConflictDoUpdate({ target: [members.organizationId, members.id], set });
  }

  /** By their ids. */
  async members(organizationId: string): Promise<Member[]> {
    const rows = await this.#database
      .select()
      .from(members)
      .where(eq(members.organizationId, organizationId))
      .orderBy(asc(members.id));
    return rows.map(({ createdAt: _, name, timeZone, ...member }) => ({
      ...member,
      ...(name === null ? {} : { name }),
      ...(timeZone === null ? {} : { timeZone }),
    }));
  }

  async removeMember(organizationId: string, id: string): Promise<void> {
    await this.#database.delete(members).where(and(eq(members.organizationId, organizationId), eq(members.id, id)));
  }
}

function checkZone(timeZone: string): void {
  if (isTimeZone(timeZone)) return;
  throw wrong('timeZone', `"${timeZone}" is not a zone such as "Europe/Berlin"; use an IANA name, not an offset`);
}

function wrong(path: string, message: string): ArgumentError {
  return new ArgumentError(`The organization is invalid: ${path}: ${message}`);
}
