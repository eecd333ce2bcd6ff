/** The retention of alerts. */
import { lt, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { removeRows } from '../database/remove-rows.js';
import { alertOccurrences, alerts } from '../database/schema.js';

/**
 * Removes the alerts that were resolved before a moment, and answers how many they were. Those that are open or acknowledged
 * stay; what is kept of their occurrences before that moment goes, and still counts.
 *
 * @param before epoch ms
 */
export async function removeOldAlerts(database: Database, before: number): Promise<number> {
  const isOld = sql`${alerts.status} = 'resolved' AND ${alerts.resolvedAt} < ${before}`;
  const removed = await removeRows(database, alerts, isOld);
  await removeRows(database, alertOccurrences, lt(alertOccurrences.seenAt, before));
  return removed;
}
