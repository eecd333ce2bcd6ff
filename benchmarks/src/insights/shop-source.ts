/** The shop of a sandbox as an organization's metrics, in memory: what the store would have of it after a sync right now. */
import { dayIn } from '@bizinsights/jobs-core';
import type {
  DayFigures,
  InsightDimension,
  IntegrationDays,
  MetricBreakdown,
  MetricCalendar,
  MetricDay,
  MetricSource,
} from '@bizinsights/jobs-insights';
import { type Sandbox, type ShopDayPart, type ShopPlatform, truthBreakdown } from '@bizinsights/jobs-sandbox';

const DAY = 86_400_000;

/** What a refund, a late payment or an ad's late purchase may still change, and so is read again. Days. */
const RESTATED = 45;

const FIGURES = [
  ...(['revenue', 'refunds', 'orders', 'newCustomers', 'sessions'] as const),
  ...(['adSpend', 'adRevenue', 'impressions', 'clicks'] as const),
] as const satisfies readonly (keyof DayFigures)[];

const NO_FIGURES: DayFigures = {
  ...{ revenue: 0, refunds: 0, orders: 0, newCustomers: 0, sessions: 0 },
  ...{ adSpend: 0, adRevenue: 0, impressions: 0, clicks: 0 },
};

const SALES = ['revenue', 'refunds', 'orders', 'newCustomers'] as const;
const FEEDS: Readonly<Record<ShopPlatform, readonly (keyof DayFigures)[]>> = {
  ...{ shopify: SALES, woocommerce: SALES, stripe: SALES, 'google-analytics': ['sessions'] },
  'facebook-ads': ['adSpend', 'adRevenue', 'impressions', 'clicks'],
};

/** The last whole days that a platform may restate: "Data freshness" of Google Analytics, the attribution of Facebook's ads. */
const OPEN_DAYS: Readonly<Partial<Record<ShopPlatform, number>>> = { 'google-analytics': 2, 'facebook-ads': 28 };

const DIMENSIONS = ['platform', 'channel', 'country', 'product', 'campaign'] as const;

type Parts = Map<string, readonly ShopDayPart[]>;

export class ShopSource implements MetricSource {
  readonly #sandbox: Sandbox;
  readonly #platforms: readonly ShopPlatform[];
  readonly #parts: Readonly<Record<InsightDimension, Parts>> = {
    ...{ platform: new Map(), channel: new Map(), country: new Map(), product: new Map(), campaign: new Map() },
  };
  #isRead = false;

  constructor(sandbox: Sandbox, platforms: readonly ShopPlatform[]) {
    this.#sandbox = sandbox;
    this.#platforms = platforms;
  }

  get today(): string {
    return dayIn(this.#sandbox.shop.zone, this.#sandbox.now());
  }

  async calendar(): Promise<MetricCalendar> {
    const { zone: timeZone, currency } = this.#sandbox.shop;
    return { today: this.today, timeZone, currency, locale: 'en' };
  }

  async refresh(): Promise<void> {
    const range = this.#isRead ? { from: daysAfter(this.today, -RESTATED) } : {};
    for (const by of DIMENSIONS) {
      const read = truthBreakdown(this.#sandbox.shop, { by, platforms: this.#platforms, ...range });
      for (const [day, rows] of groupsOf(read, (part) => part.day)) this.#parts[by].set(day, rows);
    }
    this.#isRead = true;
  }

  async daily(_organizationId: string, { from, to }: { readonly from: string; readonly to: string }) {
    return daysOf(from, to).map((day) => this.day(day));
  }

  day(day: string): MetricDay {
    const open = this.#platforms.filter((id) => day > daysAfter(this.today, -1 - (OPEN_DAYS[id] ?? 0)));
    const uncertain = [...new Set(open.flatMap((id) => FEEDS[id]))];
    const fed = new Set(this.#platforms.flatMap((id) => FEEDS[id]));
    return {
      ...{ day, currency: this.#sandbox.shop.currency, isPartial: false, isProvisional: open.length > 0, unknown: [] },
      ...sumOf(this.#parts.platform.get(day) ?? []),
      ...{ uncertain, unknownFigures: FIGURES.filter((figure) => !fed.has(figure)) },
    };
  }

  async breakdown(
    _organizationId: string,
    { from, to, by }: { readonly from: string; readonly to: string; readonly by: InsightDimension },
  ): Promise<readonly MetricBreakdown[]> {
    const rows = daysOf(from, to).flatMap((day) => this.#parts[by].get(day) ?? []);
    const { currency } = this.#sandbox.shop;
    return [...groupsOf(rows, (row) => row.key)].map(([key, own]) => {
      const figures = sumOf(own);
      const known = FIGURES.filter((name) => own.some((row) => row[name] !== undefined));
      const label = own.at(-1)?.label;
      return {
        ...{ key, currency, isPartial: false, ...(label === undefined ? {} : { label }) },
        ...Object.fromEntries(known.map((name) => [name, figures[name]])),
      };
    });
  }

  async coverage(): Promise<readonly IntegrationDays[]> {
    return this.#platforms.map((platform) => {
      const provisionalFrom = daysAfter(this.today, -(OPEN_DAYS[platform] ?? 0));
      return { integrationId: platform, platform, unknown: [], provisionalFrom };
    });
  }
}

function groupsOf<Key>(parts: readonly ShopDayPart[], keyOf: (part: ShopDayPart) => Key): Map<Key, ShopDayPart[]> {
  const groups = new Map<Key, ShopDayPart[]>();
  for (const part of parts) {
    const group = groups.get(keyOf(part));
    if (group) group.push(part);
    else groups.set(keyOf(part), [part]);
  }
  return groups;
}

function sumOf(rows: readonly Partial<DayFigures>[]): DayFigures {
  const sum: { -readonly [Name in keyof DayFigures]: number } = { ...NO_FIGURES };
  for (const row of rows) for (const name of FIGURES) sum[name] += row[name] ?? 0;
  return sum;
}

export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
}

/** Both included. */
export function daysOf(from: string, to: string): string[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => daysAfter(from, index));
}
