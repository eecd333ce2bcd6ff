/** What a later state of a record leaves unsaid, and an earlier one has said. */
import { type SQL, sql } from 'drizzle-orm';

/**
 * The data of a row, `old`, when a record takes its place. An order's channel and country stay where the record does not
 * say them: webhooks know less of an order than a read does (`OrderRecord`).
 *
 * @param data the record, as jsonb
 */
export function keptData(data: SQL): SQL {
  const earlier = sql`jsonb_build_object('channel', old.data->'channel', 'country', old.data->'country')`;
  return sql`(CASE WHEN old.kind = 'order' THEN jsonb_strip_nulls(${earlier}) || ${data} ELSE ${data} END)`;
}
