/** Findings, and the runs that made them. */
import type {
  InsightEvidence,
  InsightImpact,
  InsightKind,
  InsightPeriod,
  InsightStatus,
} from '@bizinsights/jobs-insights';
import { doublePrecision, integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
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
  /** Of the finding, whatever its figures; empty in rows of earlier versions. */
  topic: text('topic').notNull().default(''),
  status: text('status').$type<InsightStatus>().notNull().default('new'),
  importance: doublePrecision('importance').notNull().default(0),
});

/** What an organization's people do not want to hear of. An empty metric or kind stands for all of them. */
export const insightMutes = schema.table(
  'insight_mutes',
  {
    organizationId: text('organization_id').notNull(),
    metric: text('metric').notNull().default(''),
    kind: text('kind').$type<InsightKind | ''>().notNull().default(''),
    mutedBy: text('muted_by').notNull(),
    createdAt: whole('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.metric, table.kind] })],
);

/** A person's thumb for an insight. */
export const insightVotes = schema.table(
  'insight_votes',
  {
    insightId: text('insight_id').notNull(),
    person: text('person').notNull(),
    organizationId: text('organization_id').notNull(),
    kind: text('kind').$type<InsightKind>().notNull(),
    vote: text('vote').$type<'up' | 'down'>().notNull(),
    createdAt: whole('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.insightId, table.person] })],
);

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
