/** Turning what a platform sent into records, with what does not fit kept aside. */
import { z } from 'zod';
import { listIssues } from '../http/answer.js';
import type { PlatformRecord, RecordKind, RejectedRecord } from './record.js';
import { idProblem } from './record-id.js';
import { rejectedRecord } from './rejected-record.js';

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

/** Reads each thing for itself: one that does not fit, or whose id is longer than `MAX_ID_BYTES`, stops no other. */
export function sortRecords<Raw>(reader: RecordReader<Raw>, items: readonly unknown[]): SortedRecords {
  const sorted: SortedRecords = { records: [], rejected: [] };
  const { kind, idOf = idField } = reader;
  const reject = (raw: unknown, reason: string) => sorted.rejected.push(rejectedRecord(kind, idOf(raw), reason, raw));
  for (const raw of items) {
    const { success, data, error } = reader.schema.safeParse(raw);
    if (!success) {
      reject(raw, listIssues(error));
      continue;
    }
    try {
      const record = reader.toRecord(data);
      const problem = idProblem(record.id);
      if (problem === undefined) sorted.records.push(record);
      else reject(raw, problem);
    } catch (thrown) {
      reject(raw, thrown instanceof Error ? thrown.message : 'could not be read');
    }
  }
  return sorted;
}

/** What a double can't hold exactly is no id: it would be another thing's. */
const withId = z.object({ id: z.union([z.string().min(1), z.number().int().transform(String)]) });

function idField(raw: unknown): string | undefined {
  return withId.safeParse(raw).data?.id;
}
