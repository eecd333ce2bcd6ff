/** Alerts, and who was told of them. */
import type { Alert, RaisedAlert } from '@bizinsights/jobs-alerts';
import { integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
import { schema, whole } from './columns.js';

/** One row for each fingerprint of an organization, also after it was resolved and came back. */
export const alerts = schema.table('alerts', {
  id: text('id').primaryKey(),
  /** Null: it is about the system itself. */
  organizationId: text('organization_id'),
  fingerprint: text('fingerprint').notNull(),
  status: text('status').$type<Alert['status']>().notNull(),
  /** The highest since it was opened. */
  severity: text('severity').$type<Alert['severity']>().notNull(),
  type: text('type').notNull(),
  source: text('source').notNull(),
  title: text('title').notNull(),
  message: text('message').notNull(),
  labels: jsonb('labels').$type<Alert['labels']>().notNull(),
  evidence: jsonb('evidence').$type<NonNullable<Alert['evidence']>>(),
  /** How often it has been opened. */
  opening: integer('opening').notNull(),
  /** Of all openings. */
  occurrences: integer('occurrences').notNull(),
  createdAt: whole('created_at').notNull(),
  /** The last time. */
  openedAt: whole('opened_at').notNull(),
  lastSeenAt: whole('last_seen_at').notNull(),
  /** These four are of this opening. */
  acknowledgedBy: text('acknowledged_by'),
  acknowledgedAt: whole('acknowledged_at'),
  resolvedBy: text('resolved_by'),
  resolvedAt: whole('resolved_at'),
});

/** What each job has done to an alert, so that an attempt after a crash does not do it again. */
export const alertOccurrences = schema.table(
  'alert_occurrences',
  {
    alertId: text('alert_id').notNull(),
    /** The job's own name of what it reports. */
    occurrence: text('occurrence').notNull(),
    opening: integer('opening').notNull(),
    outcome: text('outcome').$type<RaisedAlert['outcome']>().notNull(),
    severity: text('severity').$type<Alert['severity']>().notNull(),
    seenAt: whole('seen_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.alertId, table.occurrence] })],
);

/** Who has been told of which opening of an alert. */
export const alertNotices = schema.table(
  'alert_notices',
  {
    alertId: text('alert_id').notNull(),
    opening: integer('opening').notNull(),
    channel: text('channel').notNull(),
    recipient: text('recipient').notNull(),
    /** The occurrence whose job tells it. */
    claimedBy: text('claimed_by').notNull(),
    claimedAt: whole('claimed_at').notNull(),
    /** Null: not yet. */
    sentAt: whole('sent_at'),
  },
  (table) => [primaryKey({ columns: [table.alertId, table.opening, table.channel, table.recipient] })],
);
