/** The coverage of a range of days, from what was saved with the reads. Two statements, whatever the range. */
import { dayIn, dayStretches } from '@bizinsights/jobs-core';
import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../database/database.js';
import { cursors, integrations, type organizations, records, streamReads } from '../database/schema.js';
import { Coverage, type KnownIntegration } from './coverage.js';
import { checkStoredZone } from './day-beginnings.js';
import { addDays, type DayRange, earlierOf, laterOf, overlap, without } from './day-range.js';
import { DATED_KINDS, figuresFedBy, hasRecords, type MetricKind, TIMED_KINDS } from './metric-records.js';

const DAY = 86_400_000;

/** What was read of one kind of records of an integration, and from when to when there are some in the range. */
interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly kind: MetricKind;
  readonly platform: string;
  readonly status: string;
  /** Numbers come as text. */
  readonly last_synced_at: string | null;
  readonly read_at: string | null;
  readonly covered_from: string | null;
  readonly covered_from_day: string | null;
  readonly provisional_from: string | null;
  /** There are some, of a stream that was begun and has never been read to its end. */
  readonly is_unread: boolean;
  /** A stream of the connection brings the kind, and none that does was ever read to its end. */
  readonly is_awaited: boolean;
  /** Some stream of the integration was begun and has never been read to its end. */
  readonly is_reading: boolean;
  readonly first_at: string | null;
  readonly last_at: string | null;
  readonly first_day: string | null;
  readonly last_day: string | null;
}

/** What the reads of an integration say, in days. */
interface Reads {
  /** The first day that is known; empty: since ever. */
  readonly from: string;
  /** The last day that is known, at least in part. */
  readonly to: string;
  readonly provisionalFrom: string;
}

/** An integration, with days of which no read says anything. */
interface Candidate extends Omit<KnownIntegration, 'unknown'> {
  readonly gaps: readonly DayRange[];
  /** Where there may be records of them. */
  readonly searched: readonly (DayRange & { readonly kind: string })[];
}

/**
 * @param now epoch ms
 * @throws {MetricsError} for a zone that this Node does not know
 */
export async function loadCoverage(
  transaction: Transaction,
  { id: organizationId, timeZone, currency, salesKind }: typeof organizations.$inferSelect,
  range: DayRange,
  now: number,
): Promise<Coverage> {
  checkStoredZone(timeZone);
  const rows = await streamsOf(transaction, organizationId, range);
  const byIntegration = new Map<string, [Row, ...Row[]]>();
  for (const row of rows) {
    const others = byIntegration.get(row.id);
    if (others) others.push(row);
    else byIntegration.set(row.id, [row]);
  }
  const candidates = [...byIntegration.values()].map((of) => {
    const fed = of.filter(isFed).map(({ kind }) => kind);
    return { ...candidateOf(of, timeZone, range), feeds: figuresFedBy(fed, salesKind) };
  });
  const recorded = await daysWithRecords(transaction, timeZone, candidates);
  const known = candidates.map(({ gaps, searched: _, ...integration }): KnownIntegration => {
    const days = recorded.get(integration.integrationId) ?? [];
    const daysIn = (gap: DayRange) => days.filter((day) => day >= gap.from && day <= gap.to);
    return { ...integration, unknown: gaps.flatMap((gap) => without(gap, daysIn(gap))) };
  });
  return new Coverage(currency, known, dayIn(timeZone, now));
}

async function streamsOf(transaction: Transaction, organizationId: string, { from, to }: DayRange): Promise<Row[]> {
  // A zone is less than a day away from UTC.
  const during = sql`occurred_at >= ${Date.parse(from) - DAY}::bigint AND occurred_at < ${Date.parse(to) + 2 * DAY}::bigint`;
  const on = sql`day >= ${from}::date AND day <= ${to}::date`;
  const mine = sql`FROM ${records} WHERE integration_id = integration.id AND kind = metric.kind AND deleted_at IS NULL`;
  const isReading = sql`EXISTS (
    SELECT FROM ${cursors} AS begun WHERE begun.integration_id = integration.id AND NOT EXISTS (
      SELECT FROM ${streamReads} AS done WHERE done.integration_id = begun.integration_id AND done.stream = begun.stream
    ))`;
  const { rows } = await transaction.execute<Row>(sql`
    SELECT integration.id, metric.kind, integration.platform, integration.status, integration.last_synced_at,
      read.read_at, read.covered_from, read.covered_from_day::text, read.provisional_from::text,
      ${isReading} AND ${hasRecords(sql`integration.id`, sql`metric.kind`, sql`AND deleted_at IS NULL`)} AS is_unread,
      read.read_at IS NULL AND EXISTS (
        SELECT FROM ${streamReads} AS beside WHERE beside.integration_id = integration.id AND metric.kind = ANY(beside.kinds)
      ) AS is_awaited,
      ${isReading} AS is_reading,
      (SELECT min(occurred_at) ${mine} AND ${during}) AS first_at,
      (SELECT max(occurred_at) ${mine} AND ${during}) AS last_at,
      (SELECT min(day) ${mine} AND ${on})::text AS first_day,
      (SELECT max(day) ${mine} AND ${on})::text AS last_day
    FROM ${integrations} AS integration
    CROSS JOIN unnest(${sql.param([...TIMED_KINDS, ...DATED_KINDS])}::text[]) AS metric (kind)
    LEFT JOIN ${streamReads} AS read ON read.integration_id = integration.id AND read.kind = metric.kind
    WHERE integration.organization_id = ${organizationId}
    ORDER BY integration.created_at, integration.id`);
  return rows;
}

/** Whether a stream of the integration brings the kind. */
function isFed({ read_at, is_unread, is_awaited }: Row): boolean {
  return read_at !== null || is_unread || is_awaited;
}

function candidateOf(rows: readonly [Row, ...Row[]], timeZone: string, range: DayRange): Omit<Candidate, 'feeds'> {
  const [{ id: integrationId, platform, status }] = rows;
  const reads = readsOf(rows, timeZone);
  const gaps = reads && reads.from <= reads.to ? outside(range, reads) : [range];
  return {
    integrationId,
    platform,
    isDisabled: status === 'disabled',
    provisionalFrom: reads?.provisionalFrom,
    gaps,
    searched: rows.flatMap((row) => {
      const recorded = recordedOf(row, timeZone);
      const parts = recorded ? gaps.map((gap) => overlap(gap, recorded)) : [];
      return parts.flatMap((part) => (part ? [{ ...part, kind: row.kind }] : []));
    }),
  };
}

/** What all streams are known of, as each of them feeds the metrics. Undefined: one has never been read to its end. */
function readsOf(rows: readonly Row[], timeZone: string): Reads | undefined {
  // A stream that an earlier version has read to its end has left no word of it but this.
  const fed = rows.filter(isFed);
  const reads = (fed.length > 0 ? fed : rows.slice(0, 1)).map((row) => ({
    ...row,
    // A sync of some streams says nothing of one that was never begun.
    at: row.read_at ?? (row.is_awaited && !row.is_reading ? null : row.last_synced_at),
  }));
  let all: Reads | undefined;
  for (const { at, covered_from, covered_from_day, provisional_from } of reads) {
    if (at === null) return undefined;
    const day = dayIn(timeZone, Number(at));
    const from = laterOf(
      covered_from_day ?? '',
      covered_from === null ? '' : firstWholeDay(timeZone, Number(covered_from)),
    );
    const provisionalFrom = earlierOf(day, provisional_from ?? day);
    all = {
      from: laterOf(from, all?.from ?? ''),
      to: earlierOf(day, all?.to ?? day),
      provisionalFrom: earlierOf(provisionalFrom, all?.provisionalFrom ?? provisionalFrom),
    };
  }
  return all;
}

/** Of a day that has begun before it, some is not known. */
function firstWholeDay(timeZone: string, from: number): string {
  const day = dayIn(timeZone, from);
  return dayIn(timeZone, from - 1) === day ? addDays(day, 1) : day;
}

function outside({ from, to }: DayRange, known: DayRange): DayRange[] {
  const before = overlap({ from, to }, { from, to: known.from === '' ? '' : addDays(known.from, -1) });
  const after = overlap({ from, to }, { from: addDays(known.to, 1), to });
  return [before, after].filter((gap) => gap !== undefined);
}

/** From the first day to the last that has records of the kind. */
function recordedOf({ first_at, last_at, first_day, last_day }: Row, timeZone: string): DayRange | undefined {
  const from = first_day ?? (first_at === null ? undefined : dayIn(timeZone, Number(first_at)));
  const to = last_day ?? (last_at === null ? undefined : dayIn(timeZone, Number(last_at)));
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** The days that have records, of those that are searched, in order, by integration: one look into an index for each. */
async function daysWithRecords(
  transaction: Transaction,
  timeZone: string,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const parts = candidates.flatMap(({ integrationId, searched }) =>
    searched.map((part) => ({ ...part, integrationId })),
  );
  const [some] = parts;
  if (!some) return new Map();
  const from = parts.reduce((day, part) => earlierOf(day, part.from), some.from);
  const to = parts.reduce((day, part) => laterOf(day, part.to), some.to);
  const stretches = dayStretches(timeZone, from, to);
  const first = (column: SQL, condition: SQL) => sql`(
    SELECT min(${column}) FROM ${records}
    WHERE integration_id = part.id AND kind = part.kind AND ${condition} AND deleted_at IS NULL
  ) IS NOT NULL`;
  const { rows } = await transaction.execute<{ id: string; day: string }>(sql`
    SELECT DISTINCT part.id, stretch.day::text AS day
    FROM unnest(
      ${sql.param(parts.map(({ integrationId }) => integrationId))}::text[],
      ${sql.param(parts.map(({ kind }) => kind))}::text[], ${sql.param(parts.map((part) => part.from))}::date[],
      ${sql.param(parts.map((part) => part.to))}::date[]
    ) AS part (id, kind, first, last)
    JOIN unnest(
      ${sql.param(stretches.map(({ day }) => day))}::date[], ${sql.param(stretches.map((one) => one.from))}::bigint[],
      ${sql.param(stretches.map((one) => one.to))}::bigint[]
    ) AS stretch (day, begins, ends) ON stretch.day BETWEEN part.first AND part.last
    WHERE ${first(sql`occurred_at`, sql`occurred_at >= stretch.begins AND occurred_at < stretch.ends`)}
      OR ${first(sql`day`, sql`records.day = stretch.day`)}
    ORDER BY 2`);
  const days = new Map<string, string[]>();
  for (const { id, day } of rows) {
    const others = days.get(id);
    if (others) others.push(day);
    else days.set(id, [day]);
  }
  return days;
}
