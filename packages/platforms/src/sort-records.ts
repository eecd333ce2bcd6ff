/** Turning what a platform sent into records, with what does not fit kept aside. */
import { z } from 'zod';
import { listIssues } from './answer.js';
import type { PlatformRecord, RecordKind, RejectedRecord } from './record.js';
import { hashId, idProblem } from './record-id.js';

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

/** Levels of nesting that are kept of a rejected record: no platform needs as many, and whoever stores JSON has a limit. */
const MAX_DEPTH = 100;

/** Reads each thing for itself: one that does not fit stops no other. So does one whose id is longer than `MAX_ID_BYTES`. */
export function sortRecords<Raw>(reader: RecordReader<Raw>, items: readonly unknown[]): SortedRecords {
  const sorted: SortedRecords = { records: [], rejected: [] };
  for (const raw of items) {
    const { success, data, error } = reader.schema.safeParse(raw);
    if (!success) {
      sorted.rejected.push(reject(reader, raw, listIssues(error)));
      continue;
    }
    try {
      const record = reader.toRecord(data);
      const problem = idProblem(record.id);
      if (problem === undefined) sorted.records.push(record);
      else sorted.rejected.push(reject(reader, raw, problem));
    } catch (thrown) {
      sorted.rejected.push(reject(reader, raw, thrown instanceof Error ? thrown.message : 'could not be read'));
    }
  }
  return sorted;
}

function reject<Raw>({ kind, idOf = idField }: RecordReader<Raw>, given: unknown, reason: string): RejectedRecord {
  const raw = toDepth(given, MAX_DEPTH);
  const json = JSON.stringify(raw) ?? 'null';
  const id = idOf(given) ?? '';
  const bytes = Buffer.byteLength(json);
  return {
    id: idProblem(id) === undefined ? id : hashId(id || json),
    kind,
    reason,
    raw: bytes <= MAX_RAW ? raw : { tooLarge: bytes, start: json.slice(0, MAX_RAW / 8) },
  };
}

/** The value, with null in place of what is nested deeper. */
function toDepth(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((item) => toDepth(item, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toDepth(item, levels - 1)]));
}

const withId = z.object({ id: z.union([z.string().min(1), z.number().transform(String)]) });

function idField(raw: unknown): string | undefined {
  return withId.safeParse(raw).data?.id;
}
