/** Reports and their schedules. */
import type { ReportFormat, ReportFrequency, ReportMail, ReportRequest, ReportStatus } from '@bizinsights/jobs-reports';
import { integer, jsonb, text } from 'drizzle-orm/pg-core';
import { schema, whole } from './columns.js';

/** Reports that were asked for, whatever became of them. */
export const reports = schema.table('reports', {
  id: text('id').primaryKey(),
  organizationId: text('organization_id').notNull(),
  template: text('template').notNull(),
  format: text('format').$type<ReportFormat>().notNull(),
  /** The same for equal requests. One of them at a time is pending or generating. */
  fingerprint: text('fingerprint').notNull(),
  request: jsonb('request').$type<ReportRequest>().notNull(),
  status: text('status').$type<ReportStatus>().notNull(),
  /** 0 to 100. */
  progress: integer('progress').notNull().default(0),
  error: text('error'),
  /** The name of its file in the storage. */
  fileKey: text('file_key').notNull(),
  filename: text('filename'),
  bytes: whole('bytes'),
  /** Of the figures that it was made from. */
  dataVersion: text('data_version'),
  mail: jsonb('mail').$type<ReportMail>(),
  /** Recipients that have been sent it. */
  mailed: text('mailed').array().notNull().default([]),
  createdAt: whole('created_at').notNull(),
  readyAt: whole('ready_at'),
  expiresAt: whole('expires_at'),
  /** Of an expired one. Null: the storage still has to remove it. */
  fileRemovedAt: whole('file_removed_at'),
  /** The job that began it last, or that has asked for it. Null: that of its own id. */
  jobId: text('job_id'),
});

/** Which reports come regularly. */
export const reportSchedules = schema.table('report_schedules', {
  id: text('id').primaryKey(),
  organizationId: text('organization_id').notNull(),
  template: text('template').notNull(),
  format: text('format').$type<ReportFormat>().notNull(),
  frequency: text('frequency').$type<ReportFrequency>().notNull(),
  weekday: integer('weekday'),
  dayOfMonth: integer('day_of_month'),
  time: text('time').notNull(),
  timeZone: text('time_zone').notNull(),
  locale: text('locale'),
  recipients: text('recipients').array().notNull(),
  createdAt: whole('created_at').notNull(),
});
