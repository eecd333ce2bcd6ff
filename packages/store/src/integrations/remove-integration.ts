/** Removing an integration with all that is stored of it. */
import { eq } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import {
  cursors,
  erasedRecords,
  fullReads,
  integrations,
  metRecords,
  records,
  rejectedRecords,
  staleDays,
  streamReads,
  webhookAccounts,
} from '../database/schema.js';
import { bequeathDays, lockMetrics } from '../metrics/stale-days.js';

/** The tables whose rows are an integration's. */
const OWNED = [
  cursors,
  erasedRecords,
  fullReads,
  metRecords,
  records,
  rejectedRecords,
  staleDays,
  streamReads,
  webhookAccounts,
] as const;

export async function removeIntegration(transaction: Pick<Database, 'delete' | 'execute'>, id: string): Promise<void> {
  // First, and it waits for whoever writes records right now: see Records.write.
  const [removed] = await transaction.delete(integrations).where(eq(integrations.id, id)).returning();
  if (removed) {
    await lockMetrics(transaction, removed.organizationId);
    await bequeathDays(transaction, id, removed.organizationId);
  }
  for (const table of OWNED) {
    await transaction.delete(table).where(eq(table.integrationId, id));
  }
}
