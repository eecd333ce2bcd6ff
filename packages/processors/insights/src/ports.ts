/** What the host supplies: its daily figures, its organizations and where insights are kept. `@bizinsights/jobs-store` has all of them. */
import type { InsightPeriod } from './queue.js';

/** What happened on a day. Money is whole minor units of one currency. */
export interface DayFigures {
  /** What was sold, before refunds: paid orders, or charges where the organization has no orders. */
  readonly revenue: number;
  /** What has been given back so far of what was sold on these days. */
  readonly refunds: number;
  readonly orders: number;
  readonly newCustomers: number;
  /** Visits, as web analytics counts them. */
  readonly sessions: number;
  readonly adSpend: number;
  /** What the ad platforms say that their ads have sold. */
  readonly adRevenue: number;
  readonly impressions: number;
  readonly clicks: number;
}

/** The figures of one day, or of one that has none: then they are 0. Money is whole minor units of `currency`. */
export interface MetricDay extends DayFigures {
  /** `2026-11-24`, in the organization's zone. */
  readonly day: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Some money of the day is not in the figures. */
  readonly isPartial: boolean;
  /** The figures may still change by themselves. */
  readonly isProvisional: boolean;
  /** The integrations of which nothing is known of this day. */
  readonly unknown: readonly string[];
  /**
   * The names of the figures that are unknown in part, or may still change by themselves; the others are final. Default: all
   * of them on a day that is provisional or unknown of an integration, otherwise none.
   */
  readonly uncertain?: readonly string[];
}

/** What the days of an organization are, and how its figures are written. */
export interface MetricCalendar {
  /** The day that is not over yet, in the organization's zone: `2026-11-24`. */
  readonly today: string;
  /** IANA. */
  readonly timeZone: string;
  /** ISO 4217. */
  readonly currency: string;
  /** BCP 47. */
  readonly locale: string;
}

/** The host's daily figures: `store.metrics`. */
export interface MetricSource {
  /** Undefined where there is no such organization. */
  calendar(organizationId: string): Promise<MetricCalendar | undefined>;
  /** Brings the figures up to date. */
  refresh(organizationId: string): Promise<unknown>;
  /** Each day of the range, oldest first, also those that have nothing, with its `uncertain` where that is known. */
  daily(
    organizationId: string,
    query: { readonly from: string; readonly to: string; readonly everyDay: true; readonly uncertain: true },
  ): Promise<readonly MetricDay[]>;
}

/** The organizations that insights are made for: `store.organizations`. */
export interface InsightOrganizations {
  /** All of them, one after the other: there may be many thousands. */
  ids(): AsyncIterable<string>;
}

/** `change`: a period against the one before. `unusual-day`: a day against the same weekdays before it. */
export type InsightKind = 'change' | 'unusual-day';

/** `high`: a money metric at least 25 % off its expectation and beyond its noise. It raises an alert. */
export type InsightImpact = 'low' | 'medium' | 'high';

/**
 * What the numbers of a piece of evidence are: minor units of its `currency`, a count, a share (0.02 is 2 %), or a factor
 * (4 is 4 earned for each 1 spent).
 */
export type InsightUnit = 'minor-units' | 'count' | 'share' | 'factor';

/** The numbers behind an insight. */
export interface InsightEvidence {
  /** How it was found: the period's figure against the one before, or a day against the median of the same weekdays. */
  readonly method: 'period-before' | 'weekday-median';
  readonly unit: InsightUnit;
  /** ISO 4217, where the unit is `minor-units`. */
  readonly currency?: string;
  /** The days that are judged, both included. */
  readonly window: { readonly from: string; readonly to: string };
  readonly value: number;
  /** What the value is compared with. */
  readonly expected: number;
  /** Relative to what is expected: -0.4 is 40 % less. Absent where 0 is expected. */
  readonly change?: number;
  readonly direction: 'up' | 'down';
  /** How far the value is from what is expected, in standard deviations of its noise. Absent where the noise is unknown or 0. */
  readonly score?: number;
  /** To plot: oldest first, null where nothing is known. */
  readonly series: readonly { readonly day: string; readonly value: number | null }[];
  /** Of `period-before`: the days that it is compared with. */
  readonly before?: { readonly from: string; readonly to: string };
  /** Of `period-before`: how many days could be compared, and how many were left out on both sides. */
  readonly days?: { readonly compared: number; readonly left: number };
  /** Of `weekday-median`: the median of so many same weekdays before the day, and the median of their distances from it. */
  readonly weekdays?: { readonly count: number; readonly median: number; readonly mad: number };
}

/** What was found, in numbers and in words. */
export interface NewInsight {
  /** The same for the same finding with the same figures. */
  readonly fingerprint: string;
  readonly kind: InsightKind;
  /** Its name in `store.metrics`: `revenue`. */
  readonly metric: string;
  readonly impact: InsightImpact;
  readonly title: string;
  readonly text: string;
  readonly evidence: InsightEvidence;
}

/** The run of one job. All of its attempts are one run. */
export interface InsightRun {
  readonly organizationId: string;
  readonly period: InsightPeriod;
  readonly jobId: string;
  /** When the first attempt began, epoch ms. */
  readonly begunAt: number;
}

/** Where insights are kept: `store.insights`. */
export interface InsightStore {
  /**
   * Takes an organization and period for a run, unless another run has taken it less than `within` ms before it: in one
   * step, so that of several at once one gets it. The run that has it gets it again. Answers whether it has it now.
   *
   * @param options.force also where another run has it
   */
  claim(run: InsightRun, options: { readonly within: number; readonly force: boolean }): Promise<boolean>;
  /** The job has failed: what it has taken is free again. */
  release(run: Pick<InsightRun, 'organizationId' | 'period' | 'jobId'>): Promise<void>;
  /**
   * Keeps what is not there yet by its fingerprint, all of it or nothing. Answers the ids of those that this run has kept,
   * now or in an earlier attempt, by their fingerprints: the others were there before.
   */
  save(run: InsightRun, insights: readonly NewInsight[]): Promise<ReadonlyMap<string, string>>;
}
