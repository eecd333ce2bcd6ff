/**
 * What was erased at somebody's request, by its id and nothing else: what is written later is looked up here, so that an
 * older state does not bring it back.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../database/database.js';
import { erasedRecords, integrations } from '../database/schema.js';

/** A thing that was erased. */
export interface Erased {
  readonly kind: 'customer' | 'order' | 'charge';
  readonly id: string;
}

/** Whoever writes from now on knows of it. Nothing is remembered of an integration that is not there. */
export async function rememberErased(
  transaction: Transaction,
  integrationId: string,
  erased: readonly Erased[],
  at: number,
): Promise<void> {
  await transaction.execute(sql`
    WITH found AS (SELECT FROM ${integrations} WHERE id = ${integrationId} FOR KEY SHARE)
    INSERT INTO ${erasedRecords} AS old (integration_id, kind, id, erased_at)
    SELECT DISTINCT ${integrationId}, given.kind, given.id, ${at}::bigint
    FROM unnest(
      ${sql.param(erased.map(({ kind }) => kind))}::text[], ${sql.param(erased.map(({ id }) => id))}::text[]
    ) AS given (kind, id)
    WHERE EXISTS (SELECT FROM found)
    ORDER BY given.kind, given.id
    ON CONFLICT (integration_id, kind, id) DO UPDATE SET erased_at = greatest(old.erased_at, excluded.erased_at)`);
}

/** Whether a thing of a row `given (kind, id)` was erased. */
export function isErased(integrationId: string): SQL {
  return sql`EXISTS (
    SELECT FROM ${erasedRecords} AS erased
    WHERE erased.integration_id = ${integrationId} AND erased.kind = given.kind AND erased.id = given.id
  )`;
}

/**
 * Whether a row `given` of an order or a charge must not say whose it is: its customer was erased after it was placed, or
 * it was named in the request itself. The first part is asked once for a statement: mostly nothing was ever erased.
 */
function isNobodys(integrationId: string): SQL {
  return sql`given.customer_id IS NOT NULL
    AND EXISTS (SELECT FROM ${erasedRecords} WHERE integration_id = ${integrationId})
    AND (${isErased(integrationId)} OR EXISTS (
      SELECT FROM ${erasedRecords} AS erased
      WHERE erased.integration_id = ${integrationId} AND erased.kind = 'customer' AND erased.id = given.customer_id
        AND erased.erased_at >= given.occurred_at
    ))`;
}

/** The columns of a row `given` of records, its `data` as text, without the customer where that one was erased. */
export function withoutErased(integrationId: string): SQL {
  const isCleared = isNobodys(integrationId);
  return sql`given.kind, given.id, given.updated_at, given.occurred_at, given.day, given.status, given.amount,
    given.refunded, given.currency, CASE WHEN ${isCleared} THEN NULL ELSE given.customer_id END AS customer_id,
    CASE WHEN ${isCleared} THEN (given.data::jsonb - 'customerId')::text ELSE given.data END AS data`;
}
