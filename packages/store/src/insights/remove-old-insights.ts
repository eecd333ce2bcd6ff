/** The retention of insights. */
import { inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { removeRows } from '../database/remove-rows.js';
import { insightRuns, insights, modelUsage } from '../database/schema.js';

/**
 * Removes the insights that were made before a moment, and answers how many they were. What still goes on stays, as it would
 * be told as new otherwise: the last insight of a state that is not over. An event that is found again after that is new:
 * keep insights for as long as the longest period that is judged.
 *
 * @param before epoch ms
 */
export async function removeOldInsights(database: Database, before: number): Promise<number> {
  const removed = await removeRows(database, insights, isRemoved(before));
  await removeRows(database, insightRuns, lt(insightRuns.begunAt, before));
  await removeRows(database, modelUsage, lt(modelUsage.day, new Date(before).toISOString().slice(0, 10)));
  return removed;
}

/** Those that go on until they are over; see `telling/kinds.ts` of the plugin. */
const STATES = ['change', 'trend', 'variance', 'missing-data', 'silent-platform', 'broken-tracking', 'target'] as const;

function isRemoved(before: number): SQL {
  const { organizationId, topic, createdAt, kind, status } = insights;
  return sql`${createdAt} < ${before} AND NOT (
    ${inArray(kind, [...STATES])} AND ${status} <> 'over' AND ${topic} <> '' AND NOT EXISTS (
      SELECT 1 FROM ${insights} AS later
      WHERE later.organization_id = ${organizationId} AND later.topic = ${topic} AND later.created_at > ${createdAt}))`;
}
