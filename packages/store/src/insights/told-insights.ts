/** What was told of each topic last. */
import type { InsightRun, ToldInsight } from '@bizinsights/jobs-insights';
import { and, asc, desc, eq, lte, ne, or, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { insights } from '../database/schema.js';

/** See `InsightStore.told`. Without rows of earlier versions, which have no topic. */
export async function readTold(
  database: Database,
  { organizationId, jobId, begunAt }: InsightRun,
): Promise<ToldInsight[]> {
  const { topic, createdAt, place } = insights;
  const isOfOther = or(ne(insights.jobId, jobId), ne(createdAt, begunAt));
  return await database
    .selectDistinctOn([topic], {
      topic,
      kind: insights.kind,
      metric: insights.metric,
      impact: insights.impact,
      status: insights.status,
      period: insights.period,
      evidence: sql<ToldInsight['evidence']>`${insights.evidence} - 'series' - 'drivers'`,
      createdAt,
    })
    .from(insights)
    .where(and(eq(insights.organizationId, organizationId), ne(topic, ''), lte(createdAt, begunAt), isOfOther))
    .orderBy(asc(topic), desc(createdAt), asc(place));
}
