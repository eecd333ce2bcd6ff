/** Turning what a platform sent into records, with what does not fit kept aside. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { listIssues } from './answer.js';
import type { PlatformRecord, RecordKind, RejectedRecord } from './record.js';

/** How raw things of one kind become records. */
export interface RecordReader<Raw> {
  readonly kind: RecordKind;
  readonly schema: z.ZodType<Raw>;
  /** A thrown error rejects the record with its message, which must hold no value of it. */
  toRecord(raw: Raw): PlatformRecord;
  /** Where the id is in a raw thing that may not fit. Default: its `id`. */
  idOf?(raw: unknown): string | undefined;
}

/** What became of a list. */
export interface SortedRecords {
  readonly records: PlatformRecord[];
  readonly rejected: RejectedRecord[];
}

/** What is kept of a rejected record: bytes of JSON. */
const MAX_RAW = 64 * 1024;

/** Reads each thing for itself: one that does not fit stops no other. */
export function sortRecords<Raw>(reader: RecordReader<Raw>, items: readonly unknown[]): SortedRecords {
  const sorted: SortedRecords = { records: [], rejected: [] };
  for (const raw of items) {
    const { success, data, error } = reader.schema.safeParse(raw);
    if (!success) {
      sorted.rejected.push(reject(reader, raw, listIssues(error)));
      continue;
    }
    try {
      sorted.records.push(reader.toRecord(data));
    } catch (thrown) {
      sorted.rejected.push(reject(reader, raw, thrown instanceof Error ? thrown.message : 'could not be read'));
    }
  }
  return sorted;
}

function reject<Raw>({ kind, idOf = idField }: RecordReader<Raw>, raw: unknown, reason: string): RejectedRecord {
  const json = JSON.stringify(raw) ?? 'null';
  const own = idOf(raw);
  const id = own ?? createHash('sha256').update(json).digest('hex').slice(0, 32);
  const bytes = Buffer.byteLength(json);
  return {
    id,
    ...(own === undefined ? { hasNoId: true } : {}),
    kind,
    reason,
    raw: bytes <= MAX_RAW ? raw : { tooLarge: bytes, start: json.slice(0, MAX_RAW / 8) },
  };
}

const withId = z.object({ id: z.union([z.string().min(1), z.number().transform(String)]) });

function idField(raw: unknown): string | undefined {
  return withId.safeParse(raw).data?.id;
}
