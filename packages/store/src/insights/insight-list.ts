/** The insights of an organization, page by page, or one of them. */
import { ArgumentError, cursorCodec } from '@bizinsights/jobs-core';
import type { InsightImpact, InsightKind, InsightPeriod, NewInsight } from '@bizinsights/jobs-insights';
import { and, asc, desc, eq, gte, lt, or, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../database/database.js';
import { insights, insightVotes } from '../database/schema.js';
import { idProblem } from '../integrations/connect-account.js';
import { storableId, storableText } from '../records/storable.js';

/** A person's thumb for an insight. */
export type InsightVote = 'up' | 'down';

/** An insight as it is listed. */
export interface StoredInsight extends Omit<NewInsight, 'fingerprint'> {
  readonly id: string;
  readonly period: InsightPeriod;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Of the person that was asked for, where there is one. */
  readonly vote?: InsightVote;
}

/** What `get` takes. */
export interface InsightReader {
  /** Whose thumbs are shown. Default: nobody's. */
  readonly person?: string;
}

/** What `list` takes. Default: all insights. */
export interface InsightQuery extends InsightReader {
  /** 1 to 1,000. Default 100. */
  readonly limit?: number;
  /** Of the page before. */
  readonly cursor?: string;
  readonly kind?: InsightKind;
  /** A name in `store.metrics`: `revenue`. Of insights with parts: of the one that is told. */
  readonly metric?: string;
  readonly impact?: InsightImpact;
  /** Made then or later, epoch ms. */
  readonly since?: number;
}

/** A page of insights. */
export interface InsightPage {
  readonly insights: StoredInsight[];
  /** Where the next page begins; there is none without it. */
  readonly cursor?: string;
}

const PAGE = 100;
const MOST = 1_000;

export async function listInsights(
  database: Database,
  organizationId: string,
  query: InsightQuery,
): Promise<InsightPage> {
  const { limit = PAGE, cursor, since } = query;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST)) {
    throw new ArgumentError(`insights.list: \`limit\` must be a whole number from 1 to ${MOST}`);
  }
  if (since !== undefined && !Number.isSafeInteger(since)) {
    throw new ArgumentError('insights.list: `since` must be a whole number of ms');
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
  const { kind, metric, impact } = query;
  const isWanted = and(
    kind && eq(insights.kind, kind),
    metric === undefined ? undefined : eq(insights.metric, storableText(metric)),
    impact && eq(insights.impact, impact),
    since === undefined ? undefined : gte(createdAt, since),
  );
  const rows = await select(database, and(isOf(organizationId), isWanted, isBehind), query)
    .orderBy(desc(createdAt), asc(place), asc(id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1)?.insight;
  return {
    insights: page.map(toInsight),
    ...(last && rows.length > limit ? { cursor: cursors.write(last) } : {}),
  };
}

/** Undefined where the organization has none of this id. */
export async function getInsight(
  database: Database,
  organizationId: string,
  id: string,
  reader: InsightReader = {},
): Promise<StoredInsight | undefined> {
  if (idProblem(id) !== undefined) return undefined;
  const [row] = await select(database, and(isOf(organizationId), eq(insights.id, id)), reader);
  return row && toInsight(row);
}

/** What a cursor carries: the last insight of the page before. */
const PLACE = z.object({ createdAt: z.number(), place: z.number(), id: z.string() });

const isOf = (organizationId: string) => eq(insights.organizationId, storableId(organizationId));

/** No vote has an empty person. */
function select(database: Database, condition: SQL | undefined, { person = '' }: InsightReader) {
  return database
    .select({ insight: insights, vote: insightVotes.vote })
    .from(insights)
    .leftJoin(insightVotes, and(eq(insightVotes.insightId, insights.id), eq(insightVotes.person, storableId(person))))
    .where(condition)
    .$dynamic();
}

interface Row {
  readonly insight: typeof insights.$inferSelect;
  readonly vote: InsightVote | null;
}

function toInsight({ insight: row, vote }: Row): StoredInsight {
  const { organizationId: _, fingerprint: __, jobId: ___, place: ____, ...insight } = row;
  return vote === null ? insight : { ...insight, vote };
}
