/** What is kept of a record that does not fit: bounded, so that whoever stores it can. */
import type { RecordKind, RejectedRecord } from './record.js';
import { hashId, idProblem } from './record-id.js';

/** Bytes of JSON. */
const MAX_RAW = 64 * 1024;

/** Levels of nesting: no platform needs as many, and databases have a limit. */
const MAX_DEPTH = 100;

/**
 * @param id where it could be read. One that is too long is kept as a hash, the same for the same id; without one it is a
 *   hash of the record, with `hasNoId`
 * @param reason holds no value of the record
 * @param raw as it came. What is larger than 64 KiB, or nested deeper than 100 levels, is kept in part
 */
export function rejectedRecord(kind: RecordKind, id: string | undefined, reason: string, raw: unknown): RejectedRecord {
  const kept = toDepth(raw, MAX_DEPTH);
  const json = JSON.stringify(kept) ?? 'null';
  const bytes = Buffer.byteLength(json);
  return {
    ...(id
      ? { id: idProblem(id) === undefined ? id : hashId(JSON.stringify(id)) }
      : { id: hashId(json), hasNoId: true }),
    kind,
    reason,
    raw: bytes <= MAX_RAW ? kept : { tooLarge: bytes, start: json.slice(0, MAX_RAW / 8) },
  };
}

/** The value, with null in place of what is nested deeper. */
function toDepth(value: unknown, levels: number): unknown {
  // JSON has no word for it.
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((item) => toDepth(item, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toDepth(item, levels - 1)]));
}
