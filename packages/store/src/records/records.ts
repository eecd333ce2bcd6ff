/** Records: where syncs and webhooks bring them, and where the host reads them. */
import { PermanentError } from '@bizinsights/jobs-core';
import type {
  PlatformRecord,
  RecordBatch,
  RecordKind,
  RecordSink,
  RejectedRecord,
  Sweep,
  SweptRecords,
  WrittenBatch,
} from '@bizinsights/jobs-platforms';
import { and, asc, eq, gt, isNull } from 'drizzle-orm';
import type { Database, Transaction } from '../database/database.js';
import { records, rejectedRecords } from '../database/schema.js';
import { markDaysStale } from '../metrics/stale-days.js';
import { meet, sweepUnmet } from './full-reads.js';
import { storableBatch } from './storable-batch.js';
import {
  type Changes,
  chunksOf,
  countTied,
  finish,
  keepAside,
  lockIntegration,
  markDeleted,
  rowsAStatement,
  upsert,
} from './write-records.js';

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
  /** A statement. */
  readonly #rows: number;

  /** @internal */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#rows = rowsAStatement(database);
    this.#now = now;
  }

  /**
   * See `RecordSink`. A record that the database can't store (its id is too long, its day is none) is kept aside with its
   * reason, and counts as rejected; the others are stored.
   *
   * @throws {PermanentError} when there is no such integration
   */
  async write(given: RecordBatch): Promise<WrittenBatch> {
    return await this.#writeStorable(storableBatch(given));
  }

  async #writeStorable(batch: RecordBatch): Promise<WrittenBatch> {
    const { rejected, deleted, records: given } = batch;
    const chunks = chunksOf(given, this.#rows, ({ updatedAt }) => updatedAt);
    const isOneStatement =
      chunks.length <= 1 && rejected.length === 0 && deleted.length === 0 && batch.fullRead === undefined;
    if (isOneStatement) return await this.#write(this.#database, batch, chunks, true);
    return await this.#database.transaction(async (transaction) => {
      // Before any row of it is: who removes the integration takes its rows after it, and would wait for us as we for them.
      await lockIntegration(transaction, batch.integrationId);
      await meet(transaction, batch, [...chunks, ...chunksOf(rejected, this.#rows)]);
      return await this.#write(transaction, batch, chunks, false);
    });
  }

  /** See `RecordSink`. */
  async sweep(sweep: Sweep): Promise<SweptRecords> {
    return await this.#database.transaction(async (transaction) => {
      await lockIntegration(transaction, sweep.integrationId);
      const { days, ...swept } = await sweepUnmet(transaction, sweep);
      await markDaysStale(transaction, sweep.integrationId, days);
      return swept;
    });
  }

  async #write(
    transaction: Transaction,
    {
      integrationId,
      stream,
      records: given,
      rejected,
      deleted,
      cursor,
      read,
      onTie = 'replace',
      fullRead,
    }: RecordBatch,
    chunks: readonly PlatformRecord[][],
    isWhole: boolean,
  ): Promise<WrittenBatch> {
    const now = this.#now();
    const target = { integrationId, onTie, isWhole, isPage: cursor !== undefined || fullRead !== undefined };
    const parts: Changes[] = [];
    for (const chunk of chunks.slice(0, -1)) parts.push(await upsert(transaction, target, chunk));
    const gone: Changes[] = [];
    for (const chunk of chunksOf(deleted, this.#rows, ({ deletedAt }) => deletedAt)) {
      gone.push(await markDeleted(transaction, integrationId, chunk));
    }
    for (const chunk of chunksOf(rejected, this.#rows))
      await keepAside(transaction, integrationId, { stream, chunk, now });
    const days = [...parts, ...gone].flatMap((part) => part.days);
    const last = await finish(transaction, target, { stream, chunk: chunks.at(-1) ?? [], days, cursor, read, now });
    if (last === undefined) throw new PermanentError(`There is no integration "${integrationId}"`);
    const written = total(parts) + last.count;
    const unchanged = given.length - written;
    let tied = 0;
    // Told apart only here: it is seldom wanted, and a sync never waits for it.
    if (onTie === 'keep' && unchanged > 0) {
      for (const chunk of chunks) tied += await countTied(transaction, integrationId, chunk);
    }
    return {
      written,
      unchanged,
      rejected: rejected.length,
      deleted: total(gone),
      ...(tied > 0 ? { tied } : {}),
    };
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

function total(parts: readonly Changes[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}

function isOfKind<Kind extends RecordKind>(
  record: PlatformRecord,
  kind: Kind,
): record is Extract<PlatformRecord, { kind: Kind }> {
  return record.kind === kind;
}
