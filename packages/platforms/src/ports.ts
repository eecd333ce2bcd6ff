/** What a host supplies to those who bring records: where they go. `@bizinsights/jobs-store` is one. */
import type { Json } from './platform.js';
import type { DeletedRecord, PlatformRecord, RejectedRecord } from './record.js';

/** Records of one integration to store. */
export interface RecordBatch {
  readonly integrationId: string;
  readonly stream: string;
  readonly records: readonly PlatformRecord[];
  readonly rejected: readonly RejectedRecord[];
  readonly deleted: readonly DeletedRecord[];
  /** Saved in the same transaction. Absent: the stream's cursor stays (a webhook brings records, and moves no cursor). */
  readonly cursor?: Json;
  /**
   * What becomes of a record that has the `updatedAt` of what is stored, and other data. `replace`: it takes its place.
   * `keep`: what is stored stays, and `tied` tells of it. Default `replace`; a sink that tells of no ties may always
   * replace.
   */
  readonly onTie?: 'replace' | 'keep';
}

/** What became of a batch. */
export interface WrittenBatch {
  /** New, or changed. */
  readonly written: number;
  /** The same as was there, or older than it. */
  readonly unchanged: number;
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
   * nothing; one whose `updatedAt` is earlier than what is stored changes nothing either. A later one does not say that the
   * record has changed: of what a platform does not date, only the rest can tell.
   */
  write(batch: RecordBatch): Promise<WrittenBatch>;
}
