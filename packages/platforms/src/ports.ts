/** What a host supplies to those who bring records: where they go. `@bizinsights/jobs-store` is one. */
import type { Json } from './platform.js';
import type { DeletedRecord, PlatformRecord, RecordKind, RejectedRecord } from './records/record.js';

/** Records of one integration to store. */
export interface RecordBatch {
  readonly integrationId: string;
  readonly stream: string;
  readonly records: readonly PlatformRecord[];
  readonly rejected: readonly RejectedRecord[];
  readonly deleted: readonly DeletedRecord[];
  /**
   * Saved in the same transaction. A record that an earlier `sweep` has marked as gone is there again when such a page lists
   * it, whatever its `updatedAt`: platforms list a new record late. Absent: the stream's cursor stays (a webhook brings
   * records, and moves no cursor).
   */
  readonly cursor?: Json;
  /**
   * What becomes of a record that has the `updatedAt` of what is stored, and other data. `replace`: it takes its place.
   * `keep`: what is stored stays, and `tied` tells of it. Default `replace`; a sink that tells of no ties may always
   * replace.
   */
  readonly onTie?: 'replace' | 'keep';
  /**
   * The full read that this page is of: the same id for all of its pages. The sink remembers which records it has met,
   * rejected ones included, until `sweep` is called with that id, or another full read of the stream begins. What is written
   * meanwhile by others counts as met. What is said of `cursor` holds for these pages too. Absent: a page of no full read.
   */
  readonly fullRead?: string;
  /** With the last page of a read: what is known of the stream now. Saved in the same transaction. */
  readonly read?: CompletedRead;
}

/** A read of a stream that has ended. */
export interface CompletedRead {
  readonly kind: RecordKind;
  /** When it began, epoch ms: what happened until then is known. */
  readonly asOf: number;
  /**
   * What happened before this was not read, epoch ms. Absent: everything was. Such a read may be one beside what is known
   * (`since`): it adds to it where the two meet, and takes nothing away.
   */
  readonly from?: number;
  /** The same, for rows by day: the account's own calendar day. */
  readonly fromDay?: string;
  /**
   * The kinds of all streams of the connection, this one among them: until each has been read, what they feed is not known,
   * also where the first read of one has never ended. Absent: not said.
   */
  readonly kinds?: readonly RecordKind[];
  /** It went on where the read before it had ended, whose `from` or `fromDay` holds on. */
  readonly isContinued: boolean;
  /** See `Page`. */
  readonly provisionalFrom?: string;
}

/** What became of a batch. */
export interface WrittenBatch {
  /** New, or changed. */
  readonly written: number;
  /** The same as was there, or older than it. */
  readonly unchanged: number;
  /** Kept aside: those of the batch's `rejected`, and records that the sink itself cannot store. */
  readonly rejected: number;
  readonly deleted: number;
  /**
   * Where `onTie` is `keep`: those of `unchanged` with the `updatedAt` of what is stored, and other data. Which of the two
   * is the later state nobody can tell but the platform, so a webhook has it asked. Absent: none, or the host does not
   * tell.
   */
  readonly tied?: number;
}

/** Where records go. */
export interface RecordSink {
  /**
   * Upserts by integration, kind and id, and saves the cursor, in one transaction. The same record twice changes
   * nothing; one whose `updatedAt` is earlier than what is stored changes nothing either. An order that does not say its
   * `channel` or `country` keeps what was stored of them, and is compared with it. A later one that differs in nothing
   * else counts as `unchanged`, as that is all that a platform's undated records differ in; from then on what is earlier
   * than it is too old.
   */
  write(batch: RecordBatch): Promise<WrittenBatch>;
  /**
   * Marks as gone, at `begunAt`, what a full read has not met, of one kind of an integration: call it when the read has
   * ended. Records that were changed after `begunAt` are left alone. None is marked when more than `maxGone` of the records
   * would be, or when the read has met rejected records with `hasNoId`; nor for a read that the sink does not know, or that
   * another one has followed. Called again, it changes nothing, and answers the same. Absent: a full read only adds and
   * changes.
   */
  sweep?(sweep: Sweep): Promise<SweptRecords>;
}

/** What `sweep` takes. */
export interface Sweep {
  readonly integrationId: string;
  readonly stream: string;
  readonly kind: RecordKind;
  /** The `fullRead` of its batches. */
  readonly fullRead: string;
  /** When the read began, epoch ms. */
  readonly begunAt: number;
  /** How far back it has looked; see `Reach`. Absent: everything. */
  readonly from?: number;
  readonly fromDay?: string;
  /** How large a part of the records may be gone: 0.1 is 10 %. From 0 to 1. */
  readonly maxGone: number;
}

/** What became of it. */
export interface SweptRecords {
  /** How many were not met. */
  readonly missing: number;
  /** Of how many that the read could have met: those within its reach that are not gone. */
  readonly of: number;
  /** Whether they are marked as gone. */
  readonly isSwept: boolean;
}
