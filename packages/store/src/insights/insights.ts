/** Insights: kept once for each finding and its figures, made by one run at a time, listed page by page. */
import { randomUUID } from 'node:crypto';
import { ArgumentError, cursorCodec } from '@bizinsights/jobs-core';
import type {
  InsightPeriod,
  InsightRun,
  InsightStore,
  ModelConsent,
  ModelUsage,
  NewInsight,
  TokenReservation,
  TokenSettlement,
} from '@bizinsights/jobs-insights';
import { and, asc, desc, eq, inArray, lt, lte, or, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../database/database.js';
import { insightRuns, insights } from '../database/schema.js';
import { storableId, storableText } from '../records/storable.js';
import { decideModel, type ModelDecision, modelDecision } from './model-consent.js';
import { reserveTokens, settleTokens } from './model-usage.js';

/** An insight as it is listed. */
export interface StoredInsight extends Omit<NewInsight, 'fingerprint'> {
  readonly id: string;
  readonly period: InsightPeriod;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** What `list` takes. */
export interface InsightQuery {
  /** 1 to 1,000. Default 100. */
  readonly limit?: number;
  /** Of the page before. */
  readonly cursor?: string;
}

/** A page of insights. */
export interface InsightPage {
  readonly insights: StoredInsight[];
  /** Where the next page begins; there is none without it. */
  readonly cursor?: string;
}

const PAGE = 100;
const MOST = 1_000;

export class Insights implements InsightStore, ModelConsent, ModelUsage {
  readonly #database: Database;
  readonly #now: () => number;

  /** @internal */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /**
   * The insights of an organization: those of the newest run first, and of one run the most important first.
   *
   * @throws {ArgumentError} for a limit that is out of its range, and a cursor of another list or organization
   * @example
   * ```ts
   * const { insights, cursor } = await store.insights.list('acme', { limit: 20 });
   * for (const { title, text, impact } of insights) console.log(impact, title, text);
   * ```
   */
  async list(organizationId: string, { limit = PAGE, cursor }: InsightQuery = {}): Promise<InsightPage> {
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST)) {
      throw new ArgumentError(`insights.list: \`limit\` must be a whole number from 1 to ${MOST}`);
    }
    const cursors = cursorCodec(`insights ${organizationId}`, PLACE);
    const after = cursor === undefined ? undefined : cursors.read(cursor);
    const { createdAt, place, id } = insights;
    const isBehind =
      after &&
      or(
        lt(createdAt, after.createdAt),
        and(eq(createdAt, after.createdAt), sql`(${place}, ${id}) > (${after.place}, ${after.id})`),
      );
    const rows = await this.#database
      .select()
      .from(insights)
      .where(and(eq(insights.organizationId, storableId(organizationId)), isBehind))
      .orderBy(desc(createdAt), asc(place), asc(id))
      .limit(limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      insights: page.map(toInsight),
      ...(last && rows.length > limit ? { cursor: cursors.write(last) } : {}),
    };
  }

  /** See `InsightStore`. One statement: PostgreSQL lets the second wait for the row of the first, and then looks at it. */
  async claim(
    run: InsightRun,
    { within, force }: { readonly within: number; readonly force: boolean },
  ): Promise<boolean> {
    const { organizationId, period, jobId, begunAt } = run;
    const isMine = and(eq(insightRuns.jobId, jobId), eq(insightRuns.begunAt, begunAt));
    const isFree = or(isMine, lte(insightRuns.begunAt, begunAt - within));
    const claimed = await this.#database
      .insert(insightRuns)
      .values({ organizationId, period, jobId, begunAt })
      .onConflictDoUpdate({
        target: [insightRuns.organizationId, insightRuns.period],
        set: { jobId, begunAt },
        ...(force || !isFree ? {} : { setWhere: isFree }),
      })
      .returning({ jobId: insightRuns.jobId });
    return claimed.length > 0;
  }

  /** See `InsightStore`. */
  async release({
    organizationId,
    period,
    jobId,
  }: Pick<InsightRun, 'organizationId' | 'period' | 'jobId'>): Promise<void> {
    const isOf = and(eq(insightRuns.organizationId, organizationId), eq(insightRuns.period, period));
    await this.#database.delete(insightRuns).where(and(isOf, eq(insightRuns.jobId, jobId)));
  }

  /** See `InsightStore`. */
  async save(run: InsightRun, found: readonly NewInsight[]): Promise<ReadonlyMap<string, string>> {
    if (found.length === 0) return new Map();
    const { organizationId, period, jobId, begunAt } = run;
    const rows = found.map((insight, place) => ({
      ...insight,
      id: randomUUID(),
      title: storableText(insight.title),
      text: storableText(insight.text),
      organizationId,
      period,
      jobId,
      place,
      createdAt: begunAt,
    }));
    return await this.#database.transaction(async (transaction) => {
      await transaction
        .insert(insights)
        .values(rows)
        .onConflictDoNothing({ target: [insights.organizationId, insights.fingerprint] });
      const kept = await transaction
        .select({ fingerprint: insights.fingerprint, id: insights.id })
        .from(insights)
        .where(
          and(
            eq(insights.organizationId, organizationId),
            eq(insights.jobId, jobId),
            eq(insights.createdAt, begunAt),
            inArray(
              insights.fingerprint,
              rows.map(({ fingerprint }) => fingerprint),
            ),
          ),
        );
      return new Map(kept.map(({ fingerprint, id }) => [fingerprint, id]));
    });
  }

  /**
   * The organization agrees that a language model words its insights. It sees findings: figures, dates, names of metrics.
   *
   * @param decision.by who says so
   * @throws {NotFoundError} where there is no such organization
   * @example
   * ```ts
   * await store.insights.allowModel('acme', { by: 'ada@example.com' });
   * ```
   */
  async allowModel(organizationId: string, { by }: { readonly by: string }): Promise<void> {
    await decideModel(this.#database, { organizationId, allowed: true, by, at: this.#now() });
  }

  /**
   * Insights are worded by the template from now on.
   *
   * @param decision.by who says so
   * @throws {NotFoundError} where there is no such organization
   */
  async forbidModel(organizationId: string, { by }: { readonly by: string }): Promise<void> {
    await decideModel(this.#database, { organizationId, allowed: false, by, at: this.#now() });
  }

  /** What was decided last of a language model, by whom and when. Undefined: nothing, and it is not allowed. */
  async modelDecision(organizationId: string): Promise<ModelDecision | undefined> {
    return await modelDecision(this.#database, organizationId);
  }

  /** See `ModelConsent`. */
  async isModelAllowed(organizationId: string): Promise<boolean> {
    return (await this.modelDecision(organizationId))?.allowed ?? false;
  }

  /** See `ModelUsage`. */
  async reserveTokens(organizationId: string, day: string, reservation: TokenReservation): Promise<boolean> {
    return await reserveTokens(this.#database, organizationId, day, reservation);
  }

  /** See `ModelUsage`. */
  async settleTokens(organizationId: string, day: string, settlement: TokenSettlement): Promise<void> {
    await settleTokens(this.#database, organizationId, day, settlement);
  }
}

/** What a cursor carries: the last insight of the page before. */
const PLACE = z.object({ createdAt: z.number(), place: z.number(), id: z.string() });

function toInsight(row: typeof insights.$inferSelect): StoredInsight {
  const { organizationId: _, fingerprint: __, jobId: ___, place: ____, ...insight } = row;
  return insight;
}
