/** The tables, as Drizzle knows them; `migrations.ts` makes them. All times are epoch ms, all money is minor units. */
import type { Alert, RaisedAlert } from '@bizinsights/jobs-alerts';
import type { SyncRhythm } from '@bizinsights/jobs-data-sync';
import type { InsightEvidence, InsightImpact, InsightKind, InsightPeriod } from '@bizinsights/jobs-insights';
import type { Json, PlatformRecord, RecordKind } from '@bizinsights/jobs-platforms';
import type { ReportFormat, ReportFrequency, ReportMail, ReportRequest, ReportStatus } from '@bizinsights/jobs-reports';
import { bigint, boolean, date, integer, jsonb, pgSchema, primaryKey, text } from 'drizzle-orm/pg-core';

/** Beside the host's own tables, and in nobody's way. */
export const schema = pgSchema('bizinsights');

const whole = (name: string) => bigint(name, { mode: 'number' });

export const organizations = schema.table('organizations', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** IANA: whose days the metrics are of. */
  timeZone: text('time_zone').notNull(),
  /** ISO 4217: what the metrics are in. */
  currency: text('currency').notNull(),
  /** Where sales are counted: orders, or charges where there are no orders. Null before the first metrics. */
  salesKind: text('sales_kind').$type<'order' | 'charge'>(),
  /** BCP 47. */
  locale: text('locale'),
  createdAt: whole('created_at').notNull(),
});

export const members = schema.table(
  'members',
  {
    organizationId: text('organization_id').notNull(),
    id: text('id').notNull(),
    email: text('email').notNull(),
    name: text('name'),
    role: text('role').$type<'owner' | 'admin' | 'member'>().notNull(),
    /** Default: the organization's. */
    timeZone: text('time_zone'),
    /** BCP 47. Default: the organization's. */
    locale: text('locale'),
    createdAt: whole('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.id] })],
);

export const integrations = schema.table('integrations', {
  id: text('id').primaryKey(),
  organizationId: text('organization_id').notNull(),
  platform: text('platform').notNull(),
  status: text('status').$type<'active' | 'error' | 'access-lost' | 'disabled'>().notNull(),
  /** Of `access-lost`. */
  statusReason: text('status_reason'),
  lastError: text('last_error'),
  lastSyncedAt: whole('last_synced_at'),
  lastFailedAt: whole('last_failed_at'),
  rhythm: jsonb('rhythm').$type<SyncRhythm>(),
  /** Encrypted. */
  credentials: text('credentials'),
  /** Another one each time the account is connected. */
  connection: text('connection').notNull(),
  createdAt: whole('created_at').notNull(),
  /** The platform's own name of it. One integration an organization and platform. */
  account: text('account'),
  accountState: text('account_state').$type<AccountState>(),
  /** The last time. Null: before this was kept. */
  connectedAt: whole('connected_at'),
});

/**
 * `named`: together with the credentials. `found`: by a migration. `former`: the credentials were replaced since then by
 * others, and nobody has said of which account these are.
 */
export type AccountState = 'named' | 'found' | 'former';

export const cursors = schema.table(
  'cursors',
  {
    integrationId: text('integration_id').notNull(),
    stream: text('stream').notNull(),
    cursor: jsonb('cursor').$type<Json>().notNull(),
    savedAt: whole('saved_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.integrationId, table.stream] })],
);

/** Until when each stream was read, and from when on; see `CompletedRead`. */
export const streamReads = schema.table(
  'stream_reads',
  {
    integrationId: text('integration_id').notNull(),
    stream: text('stream').notNull(),
    kind: text('kind').$type<RecordKind>().notNull(),
    /** Of all streams of the connection, at that time. Null: it was not said. */
    kinds: text('kinds').array().$type<RecordKind[]>(),
    /** When the last read that ended began: what happened until then is known. */
    readAt: whole('read_at').notNull(),
    /** Nothing is known of what happened before. Null: all is. */
    coveredFrom: whole('covered_from'),
    /** The same, for rows by day. */
    coveredFromDay: date('covered_from_day', { mode: 'string' }),
    /** From here on the platform may still restate its days. Null: none. */
    provisionalFrom: date('provisional_from', { mode: 'string' }),
  },
  (table) => [primaryKey({ columns: [table.integrationId, table.stream] })],
);

export const records = schema.table(
  'records',
  {
    integrationId: text('integration_id').notNull(),
    kind: text('kind').$type<RecordKind>().notNull(),
    id: text('id').notNull(),
    updatedAt: whole('updated_at').notNull(),
    /** When an order was placed, a charge or a customer was made. */
    occurredAt: whole('occurred_at'),
    /** Of what the platform reports by day. */
    day: date('day', { mode: 'string' }),
    status: text('status'),
    amount: whole('amount'),
    refunded: whole('refunded'),
    currency: text('currency'),
    customerId: text('customer_id'),
    /** The whole record; null where it was gone before it was seen. */
    data: jsonb('data').$type<PlatformRecord>(),
    deletedAt: whole('deleted_at'),
    /** The day (in UTC) that its last change has moved it away from, as its metrics have changed too; null: from none. */
    movedFrom: date('moved_from', { mode: 'string' }),
    /** The `updatedAt` of the first that said what the row says now; null: of an older version of the store. */
    changedAt: whole('changed_at'),
    /** It is gone as a full read has not met it, and not by the platform's word. */
    isUnmet: boolean('is_unmet').notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.integrationId, table.kind, table.id] })],
);

export const rejectedRecords = schema.table(
  'rejected_records',
  {
    integrationId: text('integration_id').notNull(),
    kind: text('kind').$type<RecordKind>().notNull(),
    id: text('id').notNull(),
    stream: text('stream').notNull(),
    reason: text('reason').notNull(),
    raw: jsonb('raw').$type<Json>(),
    rejectedAt: whole('rejected_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.integrationId, table.kind, table.id] })],
);

/** What was erased at somebody's request: see erased-records.ts. */
export const erasedRecords = schema.table(
  'erased_records',
  {
    integrationId: text('integration_id').notNull(),
    kind: text('kind').$type<RecordKind>().notNull(),
    id: text('id').notNull(),
    erasedAt: whole('erased_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.integrationId, table.kind, table.id] })],
);

/** Full reads of streams: the open one, and the last that has ended or was given up. */
export const fullReads = schema.table(
  'full_reads',
  {
    integrationId: text('integration_id').notNull(),
    stream: text('stream').notNull(),
    fullRead: text('full_read').notNull(),
    isOpen: boolean('is_open').notNull().default(true),
    /** It has met records whose id could not be read. */
    hasUnknown: boolean('has_unknown').notNull().default(false),
    /** How it has ended: see `SweptRecords`. */
    missing: whole('missing').notNull().default(0),
    candidates: whole('candidates').notNull().default(0),
    isSwept: boolean('is_swept').notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.integrationId, table.stream, table.fullRead] })],
);

/** What the open full read of a stream has met. */
export const metRecords = schema.table(
  'met_records',
  {
    integrationId: text('integration_id').notNull(),
    stream: text('stream').notNull(),
    kind: text('kind').$type<RecordKind>().notNull(),
    id: text('id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.integrationId, table.stream, table.kind, table.id] })],
);

/** Days (in UTC) whose records have changed since the metrics were derived. */
export const staleDays = schema.table(
  'stale_days',
  {
    integrationId: text('integration_id').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    changes: integer('changes').notNull(),
  },
  (table) => [primaryKey({ columns: [table.integrationId, table.day] })],
);

export const dailyMetrics = schema.table(
  'daily_metrics',
  {
    organizationId: text('organization_id').notNull(),
    /** In the organization's zone. */
    day: date('day', { mode: 'string' }).notNull(),
    currency: text('currency').notNull(),
    revenue: whole('revenue').notNull(),
    refunds: whole('refunds').notNull(),
    orders: whole('orders').notNull(),
    newCustomers: whole('new_customers').notNull(),
    sessions: whole('sessions').notNull(),
    adSpend: whole('ad_spend').notNull(),
    adRevenue: whole('ad_revenue').notNull(),
    impressions: whole('impressions').notNull(),
    clicks: whole('clicks').notNull(),
    /** Whether some money of the day is missing, as it is in a currency that could not be converted. */
    isPartial: boolean('is_partial').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.day] })],
);

/** Which webhooks are an integration's. */
export const webhookAccounts = schema.table('webhook_accounts', {
  integrationId: text('integration_id').primaryKey(),
  /** As the platform's webhooks name it. */
  account: text('account'),
  /** Encrypted. */
  secrets: text('secrets'),
  registeredAt: whole('registered_at').notNull(),
});

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
