/** What a language model uses for an organization on a day, in tokens and in money: never more than the limits. */
import type { TokenReservation, TokenSettlement } from '@bizinsights/jobs-insights';
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { modelUsage } from '../database/schema.js';

/** One statement: of several at once the second waits for the row of the first, and then adds to it. */
export async function reserveTokens(
  database: Database,
  organizationId: string,
  day: string,
  { tokens, limit, money }: TokenReservation,
): Promise<boolean> {
  // The first of a day meets no row that has a sum.
  if (tokens > limit || (money && money.amount > money.limit)) return false;
  const sum = sql`${modelUsage.tokens} + ${tokens}`;
  const reserved = await database
    .insert(modelUsage)
    .values({ organizationId, day, tokens, ...(money && { spent: money.amount, currency: money.currency }) })
    .onConflictDoUpdate({
      target: [modelUsage.organizationId, modelUsage.day],
      set: { tokens: sum, ...(money && { spent: spentWith(money), currency: money.currency }) },
      setWhere: money ? sql`${sum} <= ${limit} AND ${spentWith(money)} <= ${money.limit}` : sql`${sum} <= ${limit}`,
    })
    .returning({ tokens: modelUsage.tokens });
  return reserved.length > 0;
}

/** What was spent in another currency, before the host has changed it, is no part of the sum. */
function spentWith({ amount, currency }: NonNullable<TokenReservation['money']>): SQL {
  return sql`CASE WHEN ${modelUsage.currency} = ${currency} THEN ${modelUsage.spent} ELSE 0 END + ${amount}`;
}

/** One statement too. */
export async function settleTokens(
  database: Database,
  organizationId: string,
  day: string,
  { reserved, used, money }: TokenSettlement,
): Promise<void> {
  await database
    .update(modelUsage)
    .set({
      tokens: sql`greatest(0, ${modelUsage.tokens} + ${used - reserved})`,
      ...(money && {
        spent: sql`CASE WHEN ${modelUsage.currency} = ${money.currency}
          THEN greatest(0, ${modelUsage.spent} + ${money.used - money.reserved}) ELSE ${modelUsage.spent} END`,
      }),
    })
    .where(and(eq(modelUsage.organizationId, organizationId), eq(modelUsage.day, day)));
}
