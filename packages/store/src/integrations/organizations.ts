/** Organizations and their members: whose integrations they are, in which zone and currency their days are counted. */
import { ArgumentError, ConflictError, defined, isTimeZone } from '@bizinsights/jobs-core';
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
  /** BCP 47, such as `de` or `en-GB`: how figures and times are written. Texts are in English and German. */
  readonly locale?: string;
}

/** What a member may do: owners and admins are told of alerts. */
export const MEMBER_ROLES = ['owner', 'admin', 'member'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

export interface Member {
  readonly organizationId: string;
  readonly id: string;
  readonly email: string;
  readonly name?: string;
  readonly role: MemberRole;
  /** Default: the organization's. */
  readonly timeZone?: string;
  /** BCP 47. Default: the organization's. */
  readonly locale?: string;
}

/** Organizations that are read at once. */
const PAGE = 500;

export class Organizations implements InsightOrganizations {
  readonly #database: Database;
  readonly #now: () => number;

  /** @internal */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /**
   * Adds an organization, or changes it. With another zone or currency all of its days are other ones: the next
   * `metrics.refresh` derives them anew.
   *
   * @throws {ArgumentError} for a zone or a currency that does not exist, a locale that is not of BCP 47, and an id that
   *   is empty or too long
   */
  async upsert(organization: Organization): Promise<void> {
    const problem = idProblem(organization.id);
    if (problem !== undefined) throw wrong('id', problem);
    checkZone(organization.timeZone);
    if (!/^[A-Z]{3}$/.test(organization.currency)) {
      throw wrong('currency', `"${organization.currency}" is not a code of ISO 4217, such as "EUR"`);
    }
    if (organization.locale !== undefined) checkLocale(organization.locale);
    const { id, name, timeZone, currency, locale = null } = organization;
    const set = { name, timeZone, currency, locale };
    await this.#database.transaction(async (transaction) => {
      // Who derives days right now does so as they were before, and must not take those for done that are marked here.
      await lockMetrics(transaction, id);
      const [before] = await transaction.select().from(organizations).where(eq(organizations.id, id));
      await transaction
        .insert(organizations)
        .values({ id, ...set, createdAt: this.#now() })
        .onConflictDoUpdate({ target: organizations.id, set });
      const isAsBefore = before?.timeZone === set.timeZone && before.currency === set.currency;
      if (before && !isAsBefore) await markAllStale(this.#database, transaction, id);
    });
  }

  async get(id: string): Promise<Organization | undefined> {
    // What cannot be one is asked for too: it comes from whoever adds a job.
    if (idProblem(id) !== undefined) return undefined;
    const [row] = await this.#database.select().from(organizations).where(eq(organizations.id, id));
    if (!row) return undefined;
    const { name, timeZone, currency, locale } = row;
    return { id, name, timeZone, currency, ...defined({ locale: locale ?? undefined }) };
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
   * Removes an organization with its members, metrics and alerts.
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

  /** @throws {ArgumentError} for another role, a zone that does not exist, and a locale that is not of BCP 47 */
  async upsertMember(member: Member): Promise<void> {
    const { organizationId, id, email, role, name = null, timeZone = null, locale = null } = member;
    if (!MEMBER_ROLES.includes(role)) {
      throw wrong('role', `"${role}" is not one of ${MEMBER_ROLES.join(', ')}`, 'member');
    }
    if (timeZone !== null) checkZone(timeZone, 'member');
    if (locale !== null) checkLocale(locale, 'member');
    const set = { email, role, name, timeZone, locale };
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
    return rows.map(({ createdAt: _, name, timeZone, locale, ...member }) => ({
      ...member,
      ...defined({ name: name ?? undefined, timeZone: timeZone ?? undefined, locale: locale ?? undefined }),
    }));
  }

  async removeMember(organizationId: string, id: string): Promise<void> {
    await this.#database.delete(members).where(and(eq(members.organizationId, organizationId), eq(members.id, id)));
  }
}

function checkZone(timeZone: string, of?: Described): void {
  if (isTimeZone(timeZone)) return;
  throw wrong('timeZone', `"${timeZone}" is not a zone such as "Europe/Berlin"; use an IANA name, not an offset`, of);
}

function checkLocale(locale: string, of?: Described): void {
  if (isLocale(locale)) return;
  throw wrong('locale', `"${locale}" is not a language tag of BCP 47, such as "de" or "en-GB"`, of);
}

function isLocale(locale: string): boolean {
  try {
    return typeof locale === 'string' && Intl.getCanonicalLocales(locale).length === 1;
  } catch {
    return false;
  }
}

type Described = 'organization' | 'member';

function wrong(path: string, message: string, of: Described = 'organization'): ArgumentError {
  return new ArgumentError(`The ${of} is invalid: ${path}: ${message}`);
}
