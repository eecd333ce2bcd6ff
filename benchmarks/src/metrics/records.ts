/** Records of an organization, made by the database: by the interface of the store, millions would take hours. */
import type { Pool } from 'pg';

/** Days over which they are spread, the first of which is 2024-11-29. */
export const DAYS = 730;

/** Rows a statement, so that none grows without bound. */
const ROWS = 100_000;

/** The id of its only integration is that of the organization. All days are stale. */
export async function addRecords(pool: Pool, organizationId: string, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO bizinsights.organizations (id, name, time_zone, currency, created_at)
     VALUES ($1, $1, 'Europe/Berlin', 'EUR', 1)`,
    [organizationId],
  );
  await pool.query(
    `INSERT INTO bizinsights.integrations (id, organization_id, platform, status, connection, created_at)
     VALUES ($1, $1, 'shopify', 'active', 'benchmark', 1)`,
    [organizationId],
  );
  for (let start = 0; start < count; start += ROWS) {
    await pool.query(
      `INSERT INTO bizinsights.records
         (integration_id, kind, id, updated_at, occurred_at, status, amount, refunded, currency, data)
       SELECT $1, CASE n % 6 WHEN 0 THEN 'customer' ELSE 'order' END, n, 1,
         extract(epoch FROM date '2024-11-29' + (n::bigint * 7919 % ${DAYS})::int)::bigint * 1000 + n % 80000000, 'paid',
         1000 + n % 100, 0, 'EUR', jsonb_build_object('number', n, 'note', repeat(md5(n::text), 8))
       FROM generate_series($2::int, $3::int) AS n`,
      [organizationId, start, Math.min(start + ROWS, count) - 1],
    );
  }
  await pool.query(
    `INSERT INTO bizinsights.stale_days SELECT $1, date '2024-11-29' + n, 1 FROM generate_series(0, ${DAYS - 1}) AS n`,
    [organizationId],
  );
}
