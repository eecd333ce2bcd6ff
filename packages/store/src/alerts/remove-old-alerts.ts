/** The retention of alerts. */
import { and, eq, lt } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { alertOccurrences, alerts } from '../database/schema.js';

/**
 * Removes the alerts that were resolved before a moment, and answers how many they were. Those that are open or acknowledged
 * stay; what is kept of their occurrences before that moment goes, and still counts.
 *
 * @param before epoch ms
 */
export async function removeOldAlerts(database: Pick<Database, 'delete'>, before: number): Promise<number> {
  const removed = await database
    .delete(alerts)
    .where(and(eq(alerts.status, 'resolved'), lt(alerts.resolvedAt, before)))
    .returning({ id: alerts.id });
  await database.delete(alertOccurrences).where(lt(alertOccurrences.seenAt, before));
  return removed.length;
}
