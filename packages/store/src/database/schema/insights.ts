/** Findings, and the runs that made them. */
import type { InsightEvidence, InsightImpact, InsightKind, InsightPeriod } from '@bizinsights/jobs-insights';
import { integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
import { schema, whole } from './columns.js';

/** One row for each finding and its figures. */
export const insights = schema.table('insights', {
  id: text('id').primaryKey(),
  organizationId: text('organization_id').notNull(),
  /** Of the finding and its figures; one an organization. */
  fingerprint: text('fingerprint').notNull(),
  /** Whose run has found it first. */
  jobId: text('job_id').notNull(),
  period: text('period').$type<InsightPeriod>().notNull(),
  kind: text('kind').$type<InsightKind>().notNull(),
  metric: text('metric').notNull(),
  impact: text('impact').$type<InsightImpact>().notNull(),
  title: text('title').notNull(),
  text: text('text').notNull(),
  evidence: jsonb('evidence').$type<InsightEvidence>().notNull(),
  /** Among those of its run: 0 is the most important. */
  place: integer('place').notNull(),
  /** When its run began. */
  createdAt: whole('created_at').notNull(),
});

/** The last run of each organization and period. */
export const insightRuns = schema.table(
  'insight_runs',
  {
    organizationId: text('organization_id').notNull(),
    period: text('period').$type<InsightPeriod>().notNull(),
    jobId: text('job_id').notNull(),
    begunAt: whole('begun_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.period] })],
);
