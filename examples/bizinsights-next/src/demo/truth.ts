/** What an import must have brought: rows by kind, and the revenue of each day. */
import type { DemoPlatform } from './platforms';

export interface Truth {
  readonly rows: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Minor units by calendar day of the zone. */
  readonly revenue: Readonly<Record<string, number>>;
}

export function truthOf(platforms: readonly DemoPlatform[], timeZone: string): Truth {
  const shops = [...new Set(platforms.map(({ sandbox }) => sandbox))].map((sandbox) => sandbox.truth({ timeZone }));
  const revenue: Record<string, number> = {};
  for (const { day, revenue: ofShop } of shops.flatMap(({ days }) => days)) {
    revenue[day] = (revenue[day] ?? 0) + ofShop;
  }
  return { rows: Object.assign({}, ...shops.map(({ rows }) => rows)), revenue };
}
