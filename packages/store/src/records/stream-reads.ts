/** What is known of each stream: from when on and until when it was read. Saved with the last page of each read. */
import type { CompletedRead } from '@bizinsights/jobs-platforms';
import { type SQL, sql } from 'drizzle-orm';
import { streamReads } from '../database/schema.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** No zone is further behind UTC, none further ahead of it. ms */
const BEHIND = 12 * HOUR;
const AHEAD = 14 * HOUR;

/** What a read is of. */
export interface ReadOf {
  readonly integrationId: string;
  readonly stream: string;
  /** Whether the integration is there. */
  readonly isThere: SQL;
}

/**
 * Saves that a read has ended. One that went on where the last one had ended leaves alone from when on the stream is known;
 * one of everything makes that the beginning. One that began at a moment of its own is joined with what is known, unless
 * time lies between the two that nobody has read: then it changes nothing, as the next read goes on from what is known.
 */
export function savedRead({ integrationId, stream, isThere }: ReadOf, read: CompletedRead): SQL {
  const { kind, kinds, asOf, from, fromDay, provisionalFrom } = read;
  return sql`
    INSERT INTO ${streamReads} AS old
      (integration_id, stream, kind, kinds, read_at, covered_from, covered_from_day, provisional_from)
    SELECT ${integrationId}, ${stream}, ${kind}, ${sql.param(kinds ?? null)}::text[], ${asOf}::bigint, ${from ?? null}::bigint, ${fromDay ?? null}::date,
      ${provisionalFrom ?? null}::date
    WHERE ${isThere}
    ON CONFLICT (integration_id, stream) DO UPDATE SET
      kind = excluded.kind, kinds = excluded.kinds, read_at = greatest(old.read_at, excluded.read_at), ${changes(read)}`;
}

function changes({ from, fromDay, isContinued }: CompletedRead): SQL {
  if (isContinued) return sql`provisional_from = excluded.provisional_from`;
  if (from === undefined && fromDay === undefined) {
    return sql`covered_from = NULL, covered_from_day = NULL, provisional_from = excluded.provisional_from`;
  }
  // In the account's zone, which is not known here: the latest moment at which the read can have begun.
  const begin = latest(from, fromDay === undefined ? undefined : Date.parse(fromDay) + BEHIND);
  const firstWholeDay = new Date(
    latest(
      from === undefined ? undefined : from + AHEAD + DAY,
      fromDay === undefined ? undefined : Date.parse(fromDay),
    ),
  )
    .toISOString()
    .slice(0, 10);
  const isFromTheStart = sql`old.covered_from IS NULL AND old.covered_from_day IS NULL`;
  return sql`
      covered_from = CASE WHEN NOT (${isFromTheStart}) THEN least(old.covered_from, excluded.covered_from) END,
      covered_from_day =
        CASE WHEN NOT (${isFromTheStart}) THEN least(old.covered_from_day, excluded.covered_from_day) END,
      -- Days before it that may be restated were not read again.
      provisional_from = CASE WHEN ${firstWholeDay}::date <= old.provisional_from THEN excluded.provisional_from
        ELSE least(old.provisional_from, excluded.provisional_from) END
    WHERE old.read_at >= ${begin}::bigint`;
}

function latest(...moments: readonly (number | undefined)[]): number {
  return Math.max(...moments.filter((moment) => moment !== undefined));
}
