/** The tokens that a language model uses for an organization on a day, never more than its limit. */
import type { TokenReservation, TokenSettlement } from '@bizinsights/jobs-insights';
import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { modelUsage } from '../database/schema.js';

/** One statement: of several at once the second waits for the row of the first, and then adds to it. */
export async function reserveTokens(
  database: Database,
  organizationId: string,
  day: string,
  { tokens, limit }: TokenReservation,
): Promise<boolean> {
  // The first of a day meets no row that has a sum.
  if (tokens > limit) return false;
  const sum = sql`${modelUsage.tokens} + ${tokens}`;
  const reserved = await database
    .insert(modelUsage)
    .values({ organizationId, day, tokens })
    .onConflictDoUpdate({
      target: [modelUsage.organizationId, modelUsage.day],
      set: { tokens: sum },
      setWhere: sql`${sum} <= ${limit}`,
    })
    .returning({ tokens: modelUsage.tokens });
  return reserved.length > 0;
}

/** One statement too. */
export async function settleTokens(
  database: Database,
  organizationId: string,
  day: string,
  { reserved, used }: TokenSettlement,
): Promise<void> {
  await database
    .update(modelUsage)
    .set({ tokens: sql`greatest(0, ${modelUsage.tokens} + ${used - reserved})` })
    .where(and(eq(modelUsage.organizationId, organizationId), eq(modelUsage.day, day)));
}
