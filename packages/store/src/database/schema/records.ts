/** What was read. */
import type { Json, PlatformRecord, RecordKind } from '@bizinsights/jobs-platforms';
import { boolean, date, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
import { schema, whole } from './columns.js';

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
