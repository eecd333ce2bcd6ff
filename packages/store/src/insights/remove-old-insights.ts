/** The retention of insights. */
import { lt } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { removeRows } from '../database/remove-rows.js';
import { insightRuns, insights, modelUsage } from '../database/schema.js';

/**
 * Removes the insights that were made before a moment, and answers how many they were. A finding that is made again after
 * that is new.
 *
 * @param before epoch ms
 */
export async function removeOldInsights(database: Database, before: number): Promise<number> {
  const removed = await removeRows(database, insights, lt(insights.createdAt, before));
  await removeRows(database, insightRuns, lt(insightRuns.begunAt, before));
  await removeRows(database, modelUsage, lt(modelUsage.day, new Date(before).toISOString().slice(0, 10)));
  return removed;
}
