/**
 * The rows of the daily report ("API Dimensions & Metrics"), and the report that asks for them.
 *
 * @see https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema
 */
import { z } from 'zod';
import { amount, count } from '../records/decimal.js';
import { moneyOf } from '../records/money.js';
import type { TrafficRecord } from '../records/record.js';
import type { RecordReader } from '../records/sort-records.js';

export const DIMENSIONS = ['date', 'sessionDefaultChannelGroup', 'countryId'].map((name) => ({ name }));
export const METRICS = ['sessions', 'totalUsers', 'keyEvents', 'totalRevenue'].map((name) => ({ name }));
/** By all dimensions: who stands behind whom does not depend on the numbers. */
export const ORDER = DIMENSIONS.map(({ name }) => ({ dimension: { dimensionName: name } }));

/** `date` is `20261124`. */
const date = z
  .string()
  .regex(/^\d{8}$/, 'expected a date as 20261124')
  .transform((text) => `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`);
const value = z.object({ value: z.string() });
const dimensions = z.tuple([z.object({ value: date }), value, value]);

/** Metrics come as text ("MetricValue"), large and small ones with an exponent: `1.2345678E7`. */
const counted = z.object({ value: count });
const paid = z.object({ value: amount });

const row = z.object({ dimensionValues: dimensions, metricValues: z.tuple([counted, counted, counted, paid]) });
type ReportRow = z.output<typeof row>;

/** What a row is of. */
export interface Cell {
  readonly day: string;
  readonly channel: string;
  readonly country: string;
}

/** The id of a record: a day, a channel, a country. */
export function idOfCell({ day, channel, country }: Cell): string {
  return `${day}/${channel}/${country}`;
}

/** Of which day, channel and country a row is, also where its numbers do not fit. */
export function cellOf(raw: unknown): Cell | undefined {
  const { data } = z.object({ dimensionValues: dimensions }).safeParse(raw);
  if (!data) return undefined;
  const [{ value: day }, { value: channel }, { value: country }] = data.dimensionValues;
  return { day, channel, country };
}

/**
 * @param currency of the property, ISO 4217
 * @param asOf the moment that the report stands for, epoch ms: a row says nothing about when it was counted
 */
export function rowReader(currency: string, asOf: number): RecordReader<ReportRow> {
  return {
    kind: 'traffic',
    schema: row,
    idOf(raw) {
      const cell = cellOf(raw);
      return cell && idOfCell(cell);
    },
    toRecord({ dimensionValues, metricValues }): TrafficRecord {
      const [{ value: day }, { value: channel }, { value: country }] = dimensionValues;
      const [sessions, users, keyEvents, revenue] = metricValues;
      return {
        kind: 'traffic',
        id: idOfCell({ day, channel, country }),
        updatedAt: asOf,
        day,
        channel,
        country,
        sessions: sessions.value,
        users: users.value,
        keyEvents: keyEvents.value,
        ...(currency === '' ? {} : { revenue: moneyOf(revenue.value, currency) }),
      };
    },
  };
}
