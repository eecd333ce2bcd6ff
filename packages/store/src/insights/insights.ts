/** Insights: kept once for each finding and its figures, made by one run at a time, listed page by page. */
import { randomUUID } from 'node:crypto';
import type {
  InsightMute,
  InsightPeriod,
  InsightRun,
  InsightStore,
  InsightVotes,
  ModelConsent,
  ModelUsage,
  NewInsight,
  TokenReservation,
  TokenSettlement,
  ToldInsight,
} from '@bizinsights/jobs-insights';
import { and, eq, inArray, lte, or } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { insightRuns, insights } from '../database/schema.js';
import { storableId, storableText } from '../records/storable.js';
import {
  getInsight,
  type InsightPage,
  type InsightQuery,
  type InsightReader,
  listInsights,
  type StoredInsight,
} from './insight-list.js';
import { addMute, readMutes, removeMute, type StoredMute } from './insight-mutes.js';
import { countVotes, type GivenVote, giveVote } from './insight-votes.js';
import { decideModel, type ModelDecision, modelDecision } from './model-consent.js';
import { reserveTokens, settleTokens } from './model-usage.js';
import { readTold } from './told-insights.js';

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
   * @throws {ArgumentError} for a limit that is out of its range, a `since` that is no time, and a cursor of another list or
   *   organization
   * @example
   * ```ts
   * const { insights, cursor } = await store.insights.list('acme', { limit: 20 });
   * for (const { title, text, impact } of insights) console.log(impact, title, text);
   * ```
   */
  async list(organizationId: string, query: InsightQuery = {}): Promise<InsightPage> {
    return await listInsights(this.#database, organizationId, query);
  }

  /** One insight; undefined where the organization has none of this id. */
  async get(organizationId: string, id: string, reader: InsightReader = {}): Promise<StoredInsight | undefined> {
    return await getInsight(this.#database, organizationId, id, reader);
  }

  /**
   * Leaves a metric, a kind, or a kind of a metric out from the next run on. What was told stays.
   *
   * @throws {ArgumentError} for a mute of neither, and a text that is empty or too long
   * @throws {NotFoundError} for an organization that there is not
   * @example
   * ```ts
   * await store.insights.mute('acme', { metric: 'refunds', by: 'ann' });
   * await store.insights.mute('acme', { kind: 'season', by: 'ann' });
   * ```
   */
  async mute(organizationId: string, mute: InsightMute & { readonly by: string }): Promise<void> {
    await addMute(this.#database, organizationId, mute, this.#now());
  }

  /**
   * Takes a mute back, the same metric and kind that it has.
   *
   * @throws {ArgumentError} as `mute`
   */
  async unmute(organizationId: string, mute: InsightMute): Promise<void> {
    await removeMute(this.#database, organizationId, mute);
  }

  /** See `InsightStore`, and who has made them. */
  async mutes(organizationId: string): Promise<StoredMute[]> {
    return await readMutes(this.#database, organizationId);
  }

  /**
   * A person's thumb for an insight, which counts for its kind. One a person and insight: the last one holds.
   *
   * @throws {NotFoundError} where the organization has no such insight
   * @throws {ArgumentError} for a person that is empty or too long
   * @example
   * ```ts
   * await store.insights.vote('acme', insightId, { by: 'ann', vote: 'down' });
   * ```
   */
  async vote(organizationId: string, insightId: string, given: GivenVote): Promise<void> {
    await giveVote(this.#database, organizationId, insightId, given, this.#now());
  }

  /** See `InsightStore`. */
  async votes(organizationId: string): Promise<InsightVotes[]> {
    return await countVotes(this.#database, organizationId);
  }

  /** See `InsightStore`. */
  async told(run: InsightRun): Promise<ToldInsight[]> {
    return await readTold(this.#database, run);
  }

  /** See `InsightStore`. */
  async lastRun(organizationId: string, period: InsightPeriod): Promise<number | undefined> {
    const isOf = and(eq(insightRuns.organizationId, storableId(organizationId)), eq(insightRuns.period, period));
    const [run] = await this.#database.select({ begunAt: insightRuns.begunAt }).from(insightRuns).where(isOf);
    return run?.begunAt;
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
  readonly countsMoney = true;

  /** See `ModelUsage`. */
  async reserveTokens(organizationId: string, day: string, reservation: TokenReservation): Promise<boolean> {
    return await reserveTokens(this.#database, organizationId, day, reservation);
  }

  /** See `ModelUsage`. */
  async settleTokens(organizationId: string, day: string, settlement: TokenSettlement): Promise<void> {
    await settleTokens(this.#database, organizationId, day, settlement);
  }
}
