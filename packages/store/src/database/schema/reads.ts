/** How far each stream of an integration was read. */
import type { Json, RecordKind } from '@bizinsights/jobs-platforms';
import { boolean, date, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
import { schema, whole } from './columns.js';

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
