/**
 * The cut-off of an organization: what happened before it was removed, as it was too old, and is not stored again. It is a
 * day of the organization, and the moment at which that day began in the zone that the organization had then. Days before
 * keep the figures that were derived while their records were there.
 */
import { dayStretches } from '@bizinsights/jobs-core';
import { type SQL, sql } from 'drizzle-orm';
import { integrations, organizations } from '../database/schema.js';
import { checkStoredZone } from '../metrics/day-beginnings.js';
import { addDays } from '../metrics/day-range.js';

type CutOff = Pick<typeof organizations.$inferSelect, 'timeZone' | 'recordsFrom' | 'recordsFromDay'>;

/** Before every day. */
const SINCE_EVER = '';

/**
 * The first day of which all records are there; empty: all days. In another zone than that of the cut-off a day begins at
 * another moment.
 *
 * @throws {MetricsError} for a zone that this Node does not know
 */
export function firstWholeDay({ timeZone, recordsFrom, recordsFromDay }: CutOff): string {
  if (recordsFrom === null || recordsFromDay === null) return SINCE_EVER;
  let day = recordsFromDay;
  while (beginningOf(timeZone, day) < recordsFrom) day = addDays(day, 1);
  return day;
}

/**
 * Epoch ms. Of a day that the zone leaves out: when the next one begins.
 *
 * @throws {MetricsError} for a zone that this Node does not know
 */
export function beginningOf(timeZone: string, day: string): number {
  checkStoredZone(timeZone);
  const [first] = dayStretches(timeZone, day, addDays(day, 1));
  return first ? first.from : Date.parse(day);
}

/** A table for a `WITH`, for {@link isKept}. */
export const cutOff = (integrationId: string): SQL => sql`
  cut_off AS (
    SELECT organization.records_from, organization.records_from_day
    FROM ${integrations} AS integration JOIN ${organizations} AS organization
      ON organization.id = integration.organization_id
    WHERE integration.id = ${integrationId}
  )`;

/** Whether a row `given` is of no time before the cut-off. */
export const isKept: SQL = sql`(
  (given.occurred_at < (SELECT records_from FROM cut_off)) IS NOT TRUE
  AND (given.day < (SELECT records_from_day FROM cut_off)) IS NOT TRUE
)`;
