/** What the host supplies: its daily figures, its organizations and where insights are kept. `@bizinsights/jobs-store` has all of them. */
import type {
  InsightDays,
  InsightDimension,
  InsightEvidence,
  InsightImpact,
  InsightKind,
  InsightStatus,
} from './evidence.js';
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
  /** The names of the figures in which a 0 may be a gap: nothing feeds them, or the day is unknown of what does. Default: none. */
  readonly unknownFigures?: readonly string[];
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
  /** The figures of a range of days by what they come from. Without it, insights have no drivers. */
  breakdown?(
    organizationId: string,
    query: InsightDays & { readonly by: InsightDimension },
  ): Promise<readonly MetricBreakdown[]>;
  /** What is known of a range of days, for each integration. Without it, gaps are known by their days alone. */
  coverage?(organizationId: string, range: InsightDays): Promise<readonly IntegrationDays[]>;
}

/** The figures of one platform, channel, country, product or campaign. Those that it has not are absent. */
export interface MetricBreakdown extends Partial<DayFigures> {
  /** Undefined: what nothing is known of. */
  readonly key: string | undefined;
  /** The name of a product or campaign. */
  readonly label?: string | undefined;
  /** ISO 4217. */
  readonly currency: string;
  /** Some money is not in the figures. */
  readonly isPartial: boolean;
}

/** What is known of one integration's days. */
export interface IntegrationDays {
  readonly integrationId: string;
  /** The platform's id: `shopify`. */
  readonly platform: string;
  /** The days of the range of which nothing is known, in order. */
  readonly unknown: readonly InsightDays[];
  /** From this day on its figures are not final. Undefined: it has never been read to the end. */
  readonly provisionalFrom: string | undefined;
}

/** A day on which more or less is sold than its season says. */
export interface Holiday {
  /** `2026-11-27`. */
  readonly day: string;
  /** The same each year, so that years are compared: `black-friday`. */
  readonly id: string;
  /** `Black Friday`, in the language that was asked for. */
  readonly name: string;
}

/** Which days are holidays: `shoppingDays()`, or `dateHolidays(new Holidays('DE'))` of the package date-holidays. */
export interface HolidayCalendar {
  /** In order. `locale` is the organization's, BCP 47. */
  holidays(
    range: InsightDays & { readonly locale: string; readonly timeZone: string },
  ): readonly Holiday[] | Promise<readonly Holiday[]>;
}

/** What a metric shall come to over some days: a sum, or the ratio of the sums. */
export interface MetricTarget {
  /** The same as long as it is the same target. */
  readonly id: string;
  readonly name?: string;
  /** A name in `store.metrics`: `revenue`. */
  readonly metric: string;
  readonly window: InsightDays;
  /** In the unit of the metric: minor units of money, a count, a share, a factor. */
  readonly wanted: number;
  /** `least`: the wanted value or more. `most`: not more, as for what is spent. Default: `least`. */
  readonly goal?: 'least' | 'most';
}

/** What an organization wants to reach. */
export interface MetricTargets {
  targets(organizationId: string): Promise<readonly MetricTarget[]>;
}

/** The organizations that insights are made for: `store.organizations`. */
export interface InsightOrganizations {
  /** All of them, one after the other: there may be many thousands. */
  ids(): AsyncIterable<string>;
}

/** What was found, in numbers and in words. */
export interface NewInsight {
  /** Of what is kept once: of the same fingerprint only the first is. */
  readonly fingerprint: string;
  readonly kind: InsightKind;
  /** Its name in `store.metrics`: `revenue`. */
  readonly metric: string;
  readonly impact: InsightImpact;
  readonly title: string;
  readonly text: string;
  readonly evidence: InsightEvidence;
  /** The same for the same finding, whatever its figures: `change:revenue:30d`. */
  readonly topic: string;
  readonly status: InsightStatus;
  /** From 0 to 1: size in money, certainty and novelty. What is listed first. */
  readonly importance: number;
}

/** The last that was told of a topic. */
export interface ToldInsight {
  readonly topic: string;
  readonly kind: InsightKind;
  readonly metric: string;
  readonly impact: InsightImpact;
  readonly status: InsightStatus;
  /** Of the run that told it. */
  readonly period: InsightPeriod;
  /** Without what is plotted, which is the most of it, but for the days of a forecast: the next one is compared with them. */
  readonly evidence: Omit<InsightEvidence, 'series' | 'drivers'>;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** What an organization's people do not want to hear of: a metric, a kind, or a kind of a metric. */
export interface InsightMute {
  readonly metric?: string;
  readonly kind?: InsightKind;
}

/** How many thumbs an organization's people have given to a kind of insights. */
export interface InsightVotes {
  readonly kind: InsightKind;
  readonly up: number;
  readonly down: number;
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
  /**
   * The last insight of each topic of the run's organization, of all periods, also those that are over: as it was when the
   * run began, so without what the run itself has kept in an earlier attempt. A topic has the period in it where the finding
   * depends on it. Without this method, each figure that changes is told.
   */
  told?(run: InsightRun): Promise<readonly ToldInsight[]>;
  /** What is not told. Without it: nothing is muted. */
  mutes?(organizationId: string): Promise<readonly InsightMute[]>;
  /** Without it: all kinds rank as they are. */
  votes?(organizationId: string): Promise<readonly InsightVotes[]>;
  /** When the run began that has the organization and period, epoch ms. Undefined where there was none. */
  lastRun?(organizationId: string, period: InsightPeriod): Promise<number | undefined>;
}
