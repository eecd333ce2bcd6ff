/**
 * What becomes of reports that are too old: they stay in the list as expired, and their files go. A file is known here until
 * `markFileRemoved`, so that a crash leaves none behind: `reportFilesCleanUp` of `@bizinsights/jobs-reports` removes it.
 */
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { organizations, reports } from '../database/schema.js';

/** Returns how many have become expired. */
export async function expireReports(database: Database, condition: SQL | undefined): Promise<number> {
  const rows = await database
    .update(reports)
    .set({ status: 'expired' })
    .where(and(condition, sql`${reports.status} <> 'expired'`))
    .returning({ id: reports.id });
  return rows.length;
}

/** Those whose file has not been removed, and those of organizations that are gone. */
export async function filesOfExpired(database: Database, limit: number): Promise<{ id: string; key: string }[]> {
  await expireReports(
    database,
    sql`NOT EXISTS (SELECT 1 FROM ${organizations} WHERE ${organizations.id} = ${reports.organizationId})
      AND ${reports.status} NOT IN ('pending', 'generating')`,
  );
  return await database
    .select({ id: reports.id, key: reports.fileKey })
    .from(reports)
    .where(and(eq(reports.status, 'expired'), isNull(reports.fileRemovedAt)))
    .orderBy(reports.id)
    .limit(limit);
}
