/** The breakdowns that a run asks its source for: each once, a bounded number, and never the end of the insights. */
import type { InsightDays, InsightDimension } from '../evidence.js';
import { LARGEST } from '../metrics.js';
import { askOptional } from '../optional-port.js';
import type { DayFigures, MetricBreakdown, MetricSource } from '../ports.js';
import { isObject } from '../reading/given.js';

/** The figures of one platform, channel, country, product or campaign. */
export interface Member {
  /** Undefined: what nothing is known of. */
  readonly key: string | undefined;
  readonly label?: string;
  readonly figures: Readonly<Partial<DayFigures>>;
}

export interface BreakdownsOptions {
  readonly organizationId: string;
  /** ISO 4217: money in another currency can't be compared. */
  readonly currency: string;
  readonly signal: AbortSignal;
  /** Hears why a breakdown is missing. */
  readonly warn: (message: string, error: unknown) => void;
}

const FIGURES: readonly (keyof DayFigures)[] = [
  ...(['revenue', 'refunds', 'orders', 'newCustomers', 'sessions'] as const),
  ...(['adSpend', 'adRevenue', 'impressions', 'clicks'] as const),
];
const MONEY: readonly (keyof DayFigures)[] = ['revenue', 'refunds', 'adSpend', 'adRevenue'];

export class Breakdowns {
  readonly #source: MetricSource;
  readonly #options: BreakdownsOptions;
  readonly #known = new Map<string, readonly Member[]>();
  #left: number;
  #hasFailed = false;

  /** @param most how often the source is asked at most */
  constructor(source: MetricSource, options: BreakdownsOptions, most: number) {
    this.#source = source;
    this.#options = options;
    this.#left = most;
  }

  /**
   * The members of a dimension in a range of days. Undefined where the source has no breakdowns, has failed, or was asked
   * often enough.
   *
   * @throws what the signal was aborted with
   */
  async read(by: InsightDimension, { from, to }: InsightDays): Promise<readonly Member[] | undefined> {
    const key = `${by} ${from} ${to}`;
    const known = this.#known.get(key);
    if (known || this.#left <= 0 || this.#hasFailed) return known;
    const rows = await this.#ask(by, { from, to });
    if (!rows) return undefined;
    const { members, leftOut } = membersOf(rows, this.#options.currency);
    if (leftOut > 0) {
      const reason = 'each needs a `key` that is a text, and figures that are numbers';
      this.#options.warn(`Of the figures by ${by} ${leftOut} rows are left out: ${reason}`, undefined);
    }
    this.#known.set(key, members);
    return members;
  }

  async #ask(by: InsightDimension, range: InsightDays): Promise<readonly unknown[] | undefined> {
    const { organizationId, signal, warn } = this.#options;
    this.#left -= 1;
    const failed = (error: unknown) => {
      // The insights are worth more than their drivers. Where the whole store is lost, they can't be kept, and the job is retried.
      this.#hasFailed = true;
      warn(`The figures by ${by} can't be read: insights have no drivers`, error);
      return undefined;
    };
    const ask = async (): Promise<unknown> => await this.#source.breakdown?.(organizationId, { ...range, by });
    const given = await askOptional(signal, ask, failed);
    if (given === undefined || Array.isArray(given)) return given;
    return failed(new Error('The source has given no list'));
  }
}

interface Read {
  readonly members: readonly Member[];
  /** How many rows are none. */
  readonly leftOut: number;
}

/** Rows of one key are one member: two accounts may show the same product. */
function membersOf(rows: readonly unknown[], currency: string): Read {
  const members = new Map<string | undefined, { label?: string; figures: Partial<Record<keyof DayFigures, number>> }>();
  let leftOut = 0;
  for (const row of rows) {
    if (!isRow(row)) {
      leftOut += 1;
      continue;
    }
    const key = row.key ?? undefined;
    const member = members.get(key) ?? { figures: {} };
    members.set(key, member);
    if (typeof row.label === 'string') member.label = row.label;
    const isForeign = row.isPartial || row.currency !== currency;
    for (const figure of FIGURES) {
      const value = row[figure];
      // A part of the money says nothing of all of it.
      if (typeof value !== 'number' || !(Math.abs(value) <= LARGEST) || (isForeign && MONEY.includes(figure))) continue;
      member.figures[figure] = (member.figures[figure] ?? 0) + value;
    }
  }
  return { members: [...members].map(([key, member]) => ({ key, ...member })), leftOut };
}

/** A host's source may give anything. By hand: a shop has thousands of products. What a database has not is null there. */
function isRow(given: unknown): given is MetricBreakdown {
  if (!isObject(given)) return false;
  const row: Readonly<Record<string, unknown>> = { ...given };
  const isAbsent = (value: unknown) => value === undefined || value === null;
  if (!isAbsent(row.key) && typeof row.key !== 'string') return false;
  return FIGURES.every((figure) => isAbsent(row[figure]) || typeof row[figure] === 'number');
}
