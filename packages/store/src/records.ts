/** Records: where syncs and webhooks bring them, and where the host reads them. */
import { PermanentError } from '@bizinsights/jobs-core';
import type {
  PlatformRecord,
  RecordBatch,
  RecordKind,
  RecordSink,
  RejectedRecord,
  WrittenBatch,
} from '@bizinsights/jobs-platforms';
import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';
import type { Database } from './database.js';
import { cursors, integrations, records, rejectedRecords } from './schema.js';
import { storableJson } from './storable.js';
import { type Changes, keepAside, markDeleted, markStale, upsert } from './write-records.js';

/** Rows of a page, unless asked otherwise. */
const PAGE = 100;

/** Which records to list. */
export interface RecordQuery<Kind extends RecordKind = RecordKind> {
  readonly integrationId: string;
  readonly kind: Kind;
  /** Behind this id: that of the last record of the page before. */
  readonly after?: string;
  /** Default 100. */
  readonly limit?: number;
}

/** A record that does not fit, as it was kept aside. */
export interface StoredRejection extends RejectedRecord {
  readonly stream: string;
  readonly rejectedAt: number;
}

export class Records implements RecordSink {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /**
   * See `RecordSink`.
   *
   * @throws {PermanentError} when there is no such integration
   */
  async write(batch: RecordBatch): Promise<WrittenBatch> {
    const { integrationId, stream, records: given, rejected, deleted, cursor } = batch;
    return await this.#database.transaction(async (transaction) => {
      // Locked against its removal, so that no row is left behind of an integration that is gone.
      const found = await transaction
        .select({ id: integrations.id })
        .from(integrations)
        .where(eq(integrations.id, integrationId))
        .for('key share');
      if (found.length === 0) throw new PermanentError(`There is no integration "${integrationId}"`);

      const written: Changes = { count: 0, days: new Set() };
      await upsert(transaction, integrationId, given, written);
      const gone: Changes = { count: 0, days: written.days };
      await markDeleted(transaction, integrationId, deleted, gone);
      await keepAside(transaction, integrationId, stream, rejected, this.#now());
      if (cursor !== undefined) {
        await transaction.execute(sql`
          INSERT INTO ${cursors} VALUES (${integrationId}, ${stream}, ${storableJson(cursor)}::jsonb, ${this.#now()})
          ON CONFLICT (integration_id, stream) DO UPDATE
            SET cursor = excluded.cursor, saved_at = excluded.saved_at`);
      }
      await markStale(transaction, integrationId, written.days);
      return {
        written: written.count,
        unchanged: given.length - written.count,
        rejected: rejected.length,
        deleted: gone.count,
      };
    });
  }

  /** A page of records of one kind, by their ids, without those that are gone. */
  async list<Kind extends RecordKind>(query: RecordQuery<Kind>): Promise<Extract<PlatformRecord, { kind: Kind }>[]> {
    const { integrationId, kind, after, limit = PAGE } = query;
    const rows = await this.#database
      .select({ data: records.data })
      .from(records)
      .where(
        and(
          eq(records.integrationId, integrationId),
          eq(records.kind, kind),
          isNull(records.deletedAt),
          after === undefined ? undefined : gt(records.id, after),
        ),
      )
      .orderBy(asc(records.id))
      .limit(limit);
    return rows.flatMap(({ data }) => (data !== null && isOfKind(data, kind) ? [data] : []));
  }

  /** How many records there are of one kind. */
  count({ integrationId, kind }: Pick<RecordQuery, 'integrationId' | 'kind'>): Promise<number> {
    return this.#database.$count(
      records,
      and(eq(records.integrationId, integrationId), eq(records.kind, kind), isNull(records.deletedAt)),
    );
  }

  /** The records that do not fit, by kind and id: 100 at most, unless `limit` says otherwise. */
  async rejected(integrationId: string, limit = PAGE): Promise<StoredRejection[]> {
    const rows = await this.#database
      .select()
      .from(rejectedRecords)
      .where(eq(rejectedRecords.integrationId, integrationId))
      .orderBy(asc(rejectedRecords.kind), asc(rejectedRecords.id))
      .limit(limit);
    return rows.map(({ integrationId: _, ...rejection }) => rejection);
  }
}

function isOfKind<Kind extends RecordKind>(
  record: PlatformRecord,
  kind: Kind,
): record is Extract<PlatformRecord, { kind: Kind }> {
  return record.kind === kind;
}
