/** Reports: any of the dimensions and metrics below, for any days, sorted and cut as asked. */
import { dayIn } from '@bizinsights/jobs-core';
import { addDays } from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import type { SandboxResponse, SandboxWorld } from '../platform.js';
import type { ShopTraffic } from '../shop/shop.js';

const DIMENSIONS: Readonly<Record<string, (row: ShopTraffic) => string>> = {
  date: ({ day }) => day.replaceAll('-', ''),
  sessionDefaultChannelGroup: ({ channel }) => channel,
  countryId: ({ country }) => country,
};

/** What each metric adds up, and its type. */
const METRICS: Readonly<Record<string, readonly [of: (row: ShopTraffic) => number, type: string]>> = {
  sessions: [({ sessions }) => sessions, 'TYPE_INTEGER'],
  totalUsers: [({ users }) => users, 'TYPE_INTEGER'],
  keyEvents: [({ keyEvents }) => keyEvents, 'TYPE_FLOAT'],
  totalRevenue: [({ revenue }) => revenue / 100, 'TYPE_CURRENCY'],
};

const MAX_ROWS = 250_000;

const named = z.array(z.object({ name: z.string() }));
/** An int64 may come as a number or as text ("Protocol Buffers: JSON mapping"). */
const int64 = z.union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)]);
const request = z.strictObject({
  dateRanges: z.array(z.strictObject({ startDate: z.string(), endDate: z.string() })).length(1),
  dimensions: named.max(9).default([]),
  metrics: named.min(1).max(10),
  orderBys: z
    .array(z.strictObject({ dimension: z.object({ dimensionName: z.string() }), desc: z.boolean().default(false) }))
    .default([]),
  offset: int64.default(0),
  limit: int64.default(10_000),
  returnPropertyQuota: z.boolean().default(false),
});

export function answerReport(body: string, { shop, now }: SandboxWorld): SandboxResponse {
  const { data, error } = request.safeParse(parse(body));
  if (!data) {
    const [{ path = [] } = {}] = error.issues;
    return invalid(`Invalid JSON payload received. Unknown name or invalid value at '${path.join('.')}'.`);
  }
  const unknown = [
    ...data.dimensions.filter(({ name }) => !DIMENSIONS[name]).map(({ name }) => `dimension ${name}`),
    ...data.metrics.filter(({ name }) => !METRICS[name]).map(({ name }) => `metric ${name}`),
  ];
  if (unknown[0] !== undefined) {
    return invalid(
      `Field ${unknown[0]} is not a valid ${unknown[0].split(' ')[0]}. See https://ga-dev-tools.google/ga4/dimensions-metrics-explorer/`,
    );
  }
  if (data.limit > MAX_ROWS) return invalid(`The limit must be at most ${MAX_ROWS}.`);

  const [range] = data.dateRanges;
  const today = dayIn(shop.zone, now());
  const [first, last] = [dayOf(range?.startDate, today), dayOf(range?.endDate, today)];
  if (first === undefined || last === undefined || first > last) return invalid('Invalid dateRange.');
  const sums = new Map<string, { keys: string[]; values: number[] }>();
  for (const row of shop.traffic({ from: first, to: last })) {
    const keys = data.dimensions.map(({ name }) => DIMENSIONS[name]?.(row) ?? '');
    const sum = sums.get(keys.join('\n')) ?? { keys, values: data.metrics.map(() => 0) };
    sum.values = data.metrics.map(({ name }, index) => (sum.values[index] ?? 0) + (METRICS[name]?.[0](row) ?? 0));
    sums.set(keys.join('\n'), sum);
  }
  const places = data.orderBys.map(({ dimension, desc }) => ({
    place: data.dimensions.findIndex(({ name }) => name === dimension.dimensionName),
    sign: desc ? -1 : 1,
  }));
  if (places.some(({ place }) => place < 0)) return invalid('An orderBys dimension is not in the request.');
  const rows = [...sums.values()].sort((a, b) => {
    const differences = places.map(({ place, sign }) => sign * compare(a.keys[place] ?? '', b.keys[place] ?? ''));
    return differences.find((difference) => difference !== 0) ?? 0;
  });
  const cut = rows.slice(data.offset, data.offset + data.limit);
  return {
    body: {
      dimensionHeaders: data.dimensions.map(({ name }) => ({ name })),
      metricHeaders: data.metrics.map(({ name }) => ({ name, type: METRICS[name]?.[1] })),
      // What is empty or zero is left out, as in all JSON of Google's.
      ...(cut.length > 0
        ? {
            rows: cut.map(({ keys, values }) => ({
              dimensionValues: keys.map(textValue),
              metricValues: values.map(numberValue),
            })),
          }
        : {}),
      ...(rows.length > 0 ? { rowCount: rows.length } : {}),
      metadata: { currencyCode: shop.currency, timeZone: shop.zone },
      kind: 'analyticsData#runReport',
    },
  };
}

/** What can be asked for ("Method: properties.getMetadata"). */
export function answerMetadata(propertyId: string) {
  const custom = { customDefinition: false };
  return {
    name: `properties/${propertyId}/metadata`,
    dimensions: Object.keys(DIMENSIONS).map((apiName) => ({ apiName, uiName: apiName, ...custom })),
    metrics: Object.entries(METRICS).map(([apiName, [, type]]) => ({ apiName, uiName: apiName, type, ...custom })),
  };
}

/** Google's error, "Error model". */
export function googleFailure(code: number, status: string, message: string): SandboxResponse {
  return { status: code, body: { error: { code, message, status } } };
}

function invalid(message: string): SandboxResponse {
  return googleFailure(400, 'INVALID_ARGUMENT', message);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A day, or `today`, `yesterday`, `NdaysAgo` ("DateRange"). */
function dayOf(text = '', today = ''): string | undefined {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  const ago = text === 'today' ? '0' : text === 'yesterday' ? '1' : /^(\d+)daysAgo$/.exec(text)?.[1];
  return ago === undefined ? undefined : addDays(today, -Number(ago));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function textValue(value: string) {
  return { value };
}

/** Up to what a float keeps. */
function numberValue(value: number) {
  return { value: String(Math.round(value * 1e6) / 1e6) };
}
