/** The figures of the overview: a period beside the one before. */
import { type DailyMetrics, type Figures, ratiosOf, sumFigures } from '@bizinsights/jobs-store';
import { store } from '../store/store';
import { type Formats, todayIn, type Unit } from './format';

export const PERIODS = {
  '7d': { label: '7 days', days: 7, bucket: 1 },
  '30d': { label: '30 days', days: 30, bucket: 1 },
  '90d': { label: '90 days', days: 90, bucket: 1 },
  // Whole weeks: a point a day would be a line that nobody can read.
  '1y': { label: '12 months', days: 364, bucket: 7 },
} as const;
export type PeriodName = keyof typeof PERIODS;

export function toPeriodName(value: string | string[] | undefined): PeriodName {
  return value === '7d' || value === '90d' || value === '1y' ? value : '30d';
}

export interface FigureDefinition {
  readonly key: FigureKey;
  readonly label: string;
  readonly unit: Unit;
  /** What it is made of, in a few words. */
  readonly hint: string;
  /** Whether more is better. Of ad spend nobody can say. */
  readonly isGoodUp: boolean | undefined;
}

type FigureKey =
  | 'revenue'
  | 'orders'
  | 'averageOrderValue'
  | 'newCustomers'
  | 'sessions'
  | 'conversionRate'
  | 'adSpend'
  | 'returnOnAdSpend';

export const FIGURES: readonly FigureDefinition[] = [
  { key: 'revenue', label: 'Revenue', unit: 'money', hint: 'Paid orders, before refunds', isGoodUp: true },
  { key: 'orders', label: 'Orders', unit: 'count', hint: 'Paid orders', isGoodUp: true },
  { key: 'averageOrderValue', label: 'Average order value', unit: 'money', hint: 'Revenue by orders', isGoodUp: true },
  { key: 'newCustomers', label: 'New customers', unit: 'count', hint: 'Accounts made', isGoodUp: true },
  { key: 'sessions', label: 'Sessions', unit: 'count', hint: 'Visits, by web analytics', isGoodUp: true },
  { key: 'conversionRate', label: 'Conversion rate', unit: 'share', hint: 'Orders by sessions', isGoodUp: true },
  { key: 'adSpend', label: 'Ad spend', unit: 'money', hint: 'All ad platforms', isGoodUp: undefined },
  {
    key: 'returnOnAdSpend',
    label: 'Return on ad spend',
    unit: 'ratio',
    hint: 'Revenue from ads for each 1 spent',
    isGoodUp: true,
  },
];

const EACH_DAY = { everyDay: true, uncertain: true } as const;

/** One point of a chart: a day, or a week that begins on it. */
export interface Point {
  readonly day: string;
  /** null: not known. */
  readonly value: number | null;
  readonly dayBefore: string;
  readonly valueBefore: number | null;
  /** It may still change by itself. */
  readonly isProvisional: boolean;
}

export interface Figure extends FigureDefinition {
  readonly value: number | null;
  readonly before: number | null;
  /** 0.1 is 10 % more than before. Undefined where that can't be said. */
  readonly change: number | undefined;
  readonly points: readonly Point[];
}

export interface Overview {
  readonly range: Range;
  readonly rangeBefore: Range;
  readonly figures: readonly Figure[];
  /** What is known of it so far. */
  readonly today: Readonly<Record<'revenue' | 'orders' | 'newCustomers', number | null>>;
  readonly isEmpty: boolean;
  readonly isPartial: boolean;
  readonly unknownDays: number;
  /** Of the period; undefined where all of its days are final. */
  readonly provisionalFrom: string | undefined;
}

interface Range {
  readonly from: string;
  readonly to: string;
}

/** The period ends with the last whole day, so that a day of a few hours is not compared with a whole one. */
export async function readOverview(organizationId: string, formats: Formats, period: PeriodName): Promise<Overview> {
  const { days: length, bucket } = PERIODS[period];
  const today = todayIn(formats.timeZone, Date.now());
  const range = { from: addDays(today, -length), to: addDays(today, -1) };
  const rangeBefore = { from: addDays(range.from, -length), to: addDays(range.from, -1) };
  const [days, daysBefore, total, totalBefore, ofToday] = await Promise.all([
    store.metrics.daily(organizationId, { ...range, ...EACH_DAY }),
    store.metrics.daily(organizationId, { ...rangeBefore, ...EACH_DAY }),
    store.metrics.total(organizationId, range),
    store.metrics.total(organizationId, rangeBefore),
    store.metrics.daily(organizationId, { from: today, to: today, ...EACH_DAY }),
  ]);
  const parts = inBuckets(days, bucket);
  const partsBefore = inBuckets(daysBefore, bucket);
  const figures = FIGURES.map((definition): Figure => {
    const { key } = definition;
    const value = figureOf(total, key, days.every(isUnknown(key)));
    const before = figureOf(totalBefore, key, daysBefore.every(isUnknown(key)));
    const points = parts.map((part, index) => toPoint(key, part, partsBefore[index] ?? part));
    return { ...definition, value, before, change: changeOf(value, before), points };
  });
  return {
    range,
    rangeBefore,
    figures,
    today: {
      revenue: sumOf(ofToday, 'revenue'),
      orders: sumOf(ofToday, 'orders'),
      newCustomers: sumOf(ofToday, 'newCustomers'),
    },
    isEmpty: [...days, ...ofToday].every((day) => day.orders + day.sessions + day.adSpend === 0),
    isPartial: total.isPartial,
    unknownDays: total.unknownDays,
    provisionalFrom: days.find((day) => day.isProvisional)?.day,
  };
}

function toPoint(key: FigureKey, part: readonly DailyMetrics[], partBefore: readonly DailyMetrics[]): Point {
  return {
    day: part[0]?.day ?? '',
    value: sumOf(part, key),
    dayBefore: partBefore[0]?.day ?? '',
    valueBefore: sumOf(partBefore, key),
    isProvisional: part.some((day) => day.isProvisional),
  };
}

function sumOf(days: readonly DailyMetrics[], key: FigureKey): number | null {
  const sum = sumFigures(days);
  return figureOf({ ...sum, ...ratiosOf(sum) }, key, days.some(isUnknown(key)));
}

/** Where a figure is unknown, its 0 may be a gap. */
function figureOf(
  figures: { readonly [Key in FigureKey]: number | undefined },
  key: FigureKey,
  mayBeGap: boolean,
): number | null {
  const value = figures[key] ?? null;
  return value === 0 && mayBeGap ? null : value;
}

/** What a ratio is made of; any other figure is made of itself. */
const PARTS: Partial<Record<FigureKey, readonly (keyof Figures)[]>> = {
  averageOrderValue: ['revenue', 'orders'],
  conversionRate: ['orders', 'sessions'],
  returnOnAdSpend: ['adRevenue', 'adSpend'],
};

/** Whether nobody knows a figure of a day: the platform that brings it was not read for that day. */
function isUnknown(key: FigureKey): (day: DailyMetrics) => boolean {
  const parts: readonly string[] = PARTS[key] ?? [key];
  return ({ unknownFigures = [] }) => unknownFigures.some((figure) => parts.includes(figure));
}

function changeOf(value: number | null, before: number | null): number | undefined {
  return value === null || before === null || before === 0 ? undefined : value / before - 1;
}

function inBuckets(days: readonly DailyMetrics[], size: number): DailyMetrics[][] {
  return Array.from({ length: Math.ceil(days.length / size) }, (_, index) =>
    days.slice(index * size, (index + 1) * size),
  );
}

function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}
