/**
 * What an insight says: its kind, how much it matters, and the numbers behind it. Values are in the unit of the evidence.
 * The shapes are type aliases, so that evidence is JSON to the compiler too.
 */

/**
 * - `change`: a period against the one before, and the same weekdays a year before
 * - `spike`, `drop`: one day or a few in a row far from what was expected; `level-shift`: all days since one are on another
 *   level; `variance`: the days differ more, or less, from each other than before
 * - `trend`: the direction of the period; `turning-point`: where it has changed
 * - `season`: what repeats each week or year; `holiday`: what a holiday has done
 * - `missing-data`: days of which nothing is known; `silent-platform`: an integration that gives nothing where it gave
 *   much; `broken-tracking`: a figure that stopped while what goes with it went on
 * - `record`: the highest or lowest day; `milestone`: a round sum that was reached
 * - `target`: whether a target is or will be met; `forecast`: what comes next
 * - `unusual-day`: a day against the same weekdays, of earlier versions; it is `spike` and `drop` now
 */
export const INSIGHT_KINDS = [
  'change',
  'spike',
  'drop',
  'level-shift',
  'variance',
  'trend',
  'turning-point',
  'season',
  'holiday',
  'missing-data',
  'silent-platform',
  'broken-tracking',
  'record',
  'milestone',
  'target',
  'forecast',
  'unusual-day',
] as const;
export type InsightKind = (typeof INSIGHT_KINDS)[number];

/** `high`: a money metric at least 25 % off its expectation and beyond its noise. It raises an alert. */
export type InsightImpact = 'low' | 'medium' | 'high';

/**
 * - `new`: found for the first time
 * - `changed`: told before, and its figures have changed by so much that it is worth telling again
 * - `over`: told before, and not so any more
 */
export type InsightStatus = 'new' | 'changed' | 'over';

/**
 * What the numbers of a piece of evidence are: minor units of its `currency`, a count, a share (0.02 is 2 %), or a factor
 * (4 is 4 earned for each 1 spent).
 */
export type InsightUnit = 'minor-units' | 'count' | 'share' | 'factor';

export type InsightDirection = 'up' | 'down';

/** Days, both included: `2026-11-01`. */
export type InsightDays = {
  readonly from: string;
  readonly to: string;
};

/** How it was found. The README has the source of each. */
export type InsightMethod =
  /** The period's figure against the one before. */
  | 'period-before'
  /** Days against season, level and holidays, by the noise that is left: robust STL. */
  | 'expected-range'
  /** Theil and Sen's slope, with the interval of Kendall's tau. */
  | 'theil-sen'
  /** The spread of the residuals before and since a day. */
  | 'residual-spread'
  /** The pattern of the weeks or years: robust STL. */
  | 'seasonal-pattern'
  /** What is known of each day, by integration. */
  | 'coverage'
  /** Figures that go together, and did not. */
  | 'joint-figures'
  /** The extreme of all known days, or a sum since the first. */
  | 'history'
  /** Forecasts, weighted by their errors in the past. */
  | 'forecast'
  /** A day against the median of the same weekdays: of earlier versions. */
  | 'weekday-median';

/** A day to plot. Null where nothing is known. */
export type InsightPoint = {
  readonly day: string;
  readonly value: number | null;
  /** What was expected of the day, and the range that is usual. */
  readonly expected?: number;
  readonly lower?: number;
  readonly upper?: number;
};

export const INSIGHT_DIMENSIONS = ['platform', 'channel', 'country', 'product', 'campaign'] as const;
export type InsightDimension = (typeof INSIGHT_DIMENSIONS)[number];

/** One platform, channel, country, product or campaign that has made a change, or has worked against it. */
export type InsightDriver = {
  readonly dimension: InsightDimension;
  /** Its key in `store.metrics.breakdown`: `Organic Search`. */
  readonly key: string;
  /** The name of a product or campaign. */
  readonly label?: string;
  /**
   * Whose figures these are, in its unit, where they are not those of the insight's own metric but of one of its `parts`: new
   * customers have no products, and the orders that they came with have.
   */
  readonly metric?: string;
  readonly value: number;
  /** What was expected of it alone. */
  readonly expected: number;
  /** How much of the change it has made: in the unit of the metric, with its sign. */
  readonly contribution: number;
  /** Of the whole change: 0.8 is 80 %. Below 0: it has worked against it. */
  readonly share: number;
  /** Of a ratio: by a larger or smaller part of the whole (`mix`), or by a ratio of its own that has changed (`rate`). */
  readonly effect?: 'mix' | 'rate';
};

/** Another metric that moved for the same cause. */
export type InsightPart = {
  readonly kind: InsightKind;
  /** Its name in `store.metrics`. */
  readonly metric: string;
  readonly unit: InsightUnit;
  readonly currency?: string;
  readonly window: InsightDays;
  readonly value: number;
  readonly expected: number;
  readonly change?: number;
  readonly direction?: InsightDirection;
};

/** The numbers behind an insight. */
export type InsightEvidence = {
  readonly method: InsightMethod;
  readonly unit: InsightUnit;
  /** ISO 4217, where the unit is `minor-units`. */
  readonly currency?: string;
  /** The days that are judged. */
  readonly window: InsightDays;
  readonly value: number;
  /** What the value is compared with. */
  readonly expected: number;
  /** Of `expected`: what is usual lies between. */
  readonly lower?: number;
  readonly upper?: number;
  /** Relative to what is expected: -0.4 is 40 % less. Absent where 0 is expected. Of a target: of its `outlook`. */
  readonly change?: number;
  readonly direction?: InsightDirection;
  /** How far the value is from what is expected, in standard deviations of its noise. Absent where the noise is unknown or 0. */
  readonly score?: number;
  /** How often noise alone is so far away: 0.001 is once in a thousand. After correction for all that was looked at. */
  readonly p?: number;
  /** To plot: oldest first. */
  readonly series: readonly InsightPoint[];
  /** Of `period-before`: the days that it is compared with. */
  readonly before?: InsightDays;
  /** Of `period-before`: how many days could be compared, and how many were left out on both sides. */
  readonly days?: { readonly compared: number; readonly left: number };
  /**
   * Of `period-before`: the same weekdays 52 weeks before, of the days that are known then and now, if these are at least half.
   * `change` is from them to the same days of `window`.
   */
  readonly yearBefore?: InsightDays & { readonly value: number; readonly change?: number };
  /** Of `theil-sen`: a day's change, and the interval that holds it in 95 of 100 cases. */
  readonly slope?: { readonly perDay: number; readonly lower: number; readonly upper: number };
  /** Of `seasonal-pattern`: the highest and lowest weekday (0 is Sunday) or month (1 is January), and the factors of their usual level. */
  readonly season?: {
    readonly of: 'week' | 'year';
    readonly high: { readonly at: number; readonly factor: number };
    readonly low: { readonly at: number; readonly factor: number };
  };
  /**
   * The holiday that a day is, or is near to. Of a `holiday`: how many times an ordinary day its day was (2.4 is 2.4 times as
   * much), and the same of the last one that is known.
   */
  readonly holiday?: {
    readonly day: string;
    readonly name: string;
    readonly factor?: number;
    readonly before?: { readonly day: string; readonly factor: number };
  };
  /** Of a `record`. */
  readonly record?: { readonly of: 'highest' | 'lowest'; readonly since: string; readonly previous?: InsightPoint };
  /** Of a `milestone`: the round sum, and since when it is summed up. */
  readonly milestone?: { readonly reached: number; readonly since: string };
  /** Of a `target`: `outlook` is what is forecast for its whole window, `upper` and `lower` hold it in 80 of 100 cases. */
  readonly target?: {
    readonly name?: string;
    readonly window: InsightDays;
    readonly wanted: number;
    readonly outlook: number;
    readonly lower: number;
    readonly upper: number;
    readonly status: 'met' | 'on-track' | 'at-risk' | 'missed';
  };
  /** Of a `forecast`: the days that are forecast; each has `expected`, `lower` and `upper`, and no value. */
  readonly ahead?: readonly InsightPoint[];
  /** Whose data it is about, where it is one integration or platform. */
  readonly source?: { readonly platform: string; readonly integrationId?: string };
  /**
   * Of broken tracking: the metric that went on, what it had and what is usual. It is no ratio of what is broken, which is why it
   * shows that the tracking is at fault; in the unit of that metric, a count.
   */
  readonly witness?: { readonly metric: string; readonly value: number; readonly expected: number };
  /** Of a `level-shift`: the level has ended with the window, and another one has followed. */
  readonly ended?: true;
  /** The largest first. */
  readonly drivers?: readonly InsightDriver[];
  /** What else moved for the same cause, the most important first. */
  readonly parts?: readonly InsightPart[];
  /** Of an insight that is `changed` or `over`: what was told before. `at`: when, epoch ms. */
  readonly previous?: {
    readonly at: number;
    readonly window: InsightDays;
    readonly value: number;
    readonly expected: number;
    readonly change?: number;
    readonly direction?: InsightDirection;
  };
  /** Of `weekday-median`. */
  readonly weekdays?: { readonly count: number; readonly median: number; readonly mad: number };
};
