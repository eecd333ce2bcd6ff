/** The retention of insights. */
import { lt } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { insightRuns, insights } from '../database/schema.js';

/**
 * Removes the insights that were made before a moment, and answers how many they were. A finding that is made again after
 * that is new.
 *
 * @param before epoch ms
 */
export async function removeOldInsights(database: Pick<Database, 'delete'>, before: number): Promise<number> {
  const removed = await database.delete(insights).where(lt(insights.createdAt, before)).returning({ id: insights.id });
  await database.delete(insightRuns).where(lt(insightRuns.begunAt, before));
  return removed.length;
}
