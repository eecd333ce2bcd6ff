/** What becomes of reports that are too old: they stay in the list as expired, and their files go. */
import { and, eq, isNull, lt, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { organizations, reports } from '../database/schema.js';

/** What `removeOldReports` has done. */
export interface OldReports {
  /** How many have become expired. */
  readonly expired: number;
  /** The keys of their files, which the storage has to remove. */
  readonly fileKeys: readonly string[];
}

/**
 * Makes reports `expired` that were asked for before a time, and returns the keys of their files. They are kept until
 * `markFileRemoved`, so that a crash leaves no file behind: `reportFilesCleanUp` of `@bizinsights/jobs-reports` removes them.
 *
 * @param before epoch ms
 */
export async function removeOldReports(database: Database, before: number): Promise<OldReports> {
  const fileKeys = await expireReports(database, lt(reports.createdAt, before));
  return { expired: fileKeys.length, fileKeys };
}

/** Returns the keys of their files. */
export async function expireReports(database: Database, condition: SQL | undefined): Promise<string[]> {
  const rows = await database
    .update(reports)
    .set({ status: 'expired' })
    .where(and(condition, sql`${reports.status} <> 'expired'`))
    .returning({ key: reports.fileKey });
  return rows.map(({ key }) => key);
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
