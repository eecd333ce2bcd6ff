/** People's choices: which report comes how often. */
import { randomUUID } from 'node:crypto';
import { NotFoundError } from '@bizinsights/jobs-core';
import type { ReportSchedule } from '@bizinsights/jobs-reports';
import { and, asc, eq, gt } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { organizations, reportSchedules } from '../database/schema.js';

/** Rows that are read at a time. */
const PAGE = 500;

type NewSchedule = Omit<ReportSchedule, 'id'> & { readonly id?: string };

/** @throws {NotFoundError} when the organization does not exist, and when `id` is another organization's schedule */
export async function saveSchedule(database: Database, schedule: NewSchedule, now: number): Promise<{ id: string }> {
  const { id = randomUUID(), organizationId, template, format, frequency, time, timeZone, recipients } = schedule;
  const { weekday = null, dayOfMonth = null, locale = null } = schedule;
  const [organization] = await database
    .select({ id: organizations.id })
    .from(organizations)
    .where(eq(organizations.id, organizationId));
  if (!organization) throw new NotFoundError(`There is no organization "${organizationId}"`);
  const set = { template, format, frequency, weekday, dayOfMonth, time, timeZone, locale, recipients: [...recipients] };
  const saved = await database
    .insert(reportSchedules)
    .values({ id, organizationId, ...set, createdAt: now })
    .onConflictDoUpdate({
      target: reportSchedules.id,
      set,
      setWhere: eq(reportSchedules.organizationId, organizationId),
    })
    .returning({ id: reportSchedules.id });
  if (saved.length === 0) throw new NotFoundError(`There is no schedule "${id}"`);
  return { id };
}

export async function listSchedules(database: Database, organizationId: string): Promise<ReportSchedule[]> {
  const rows = await database
    .select()
    .from(reportSchedules)
    .where(eq(reportSchedules.organizationId, organizationId))
    .orderBy(asc(reportSchedules.createdAt), asc(reportSchedules.id));
  return rows.map(toSchedule);
}

export async function removeSchedule(database: Database, organizationId: string, id: string): Promise<boolean> {
  const removed = await database
    .delete(reportSchedules)
    .where(and(eq(reportSchedules.organizationId, organizationId), eq(reportSchedules.id, id)))
    .returning({ id: reportSchedules.id });
  return removed.length > 0;
}

/** Page by page and by id, so that memory stays flat and no transaction is open for long. */
export async function* walkSchedules(database: Database): AsyncGenerator<ReportSchedule> {
  let after = '';
  for (;;) {
    const rows = await database
      .select()
      .from(reportSchedules)
      .where(gt(reportSchedules.id, after))
      .orderBy(asc(reportSchedules.id))
      .limit(PAGE);
    yield* rows.map(toSchedule);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.id;
  }
}

function toSchedule(row: typeof reportSchedules.$inferSelect): ReportSchedule {
  const { createdAt: _, weekday, dayOfMonth, locale, ...schedule } = row;
  return {
    ...schedule,
    ...(weekday === null ? {} : { weekday }),
    ...(dayOfMonth === null ? {} : { dayOfMonth }),
    ...(locale === null ? {} : { locale }),
  };
}
