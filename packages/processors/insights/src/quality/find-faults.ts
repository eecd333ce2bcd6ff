/** Faults of the data: what is found of them, and the history without the figures that are not to be believed. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Breakdowns } from '../drivers/breakdowns.js';
import type { Finding } from '../findings/finding.js';
import type { History } from '../history.js';
import type { Metric } from '../metrics.js';
import type { MetricDay } from '../ports.js';
import type { Pieces } from '../series/pieces.js';
import { findBrokenTracking } from './broken-tracking.js';
import { type Fault, findingOf } from './fault.js';
import { type FigureDays, figureDays } from './figure-series.js';
import { findMissingData } from './missing-data.js';
import { findSilence, referenceOf } from './silent-platform.js';

export interface Faults {
  readonly findings: readonly Finding[];
  /**
   * With the figures of the faults as uncertain ones: so that what is found elsewhere (a drop of visits, the conversion rate
   * that rises with it, a record) is not told once more, and nothing is judged by such days later on.
   */
  readonly history: History;
}

/** @throws what the signal of the breakdowns was aborted with */
export async function findFaults(
  metrics: readonly Metric[],
  history: History,
  breakdowns: Breakdowns,
): Promise<Faults> {
  const days = await inTurns(figureDays(history));
  const silence = await findSilence(days, breakdowns);
  const faults = [...silence, ...(await findBrokenTracking(days, silence, breakdowns))];
  await nextTurn();
  const findings = faults.flatMap((fault) => {
    const finding = findingOf(fault, metrics, days);
    return finding ? [finding] : [];
  });
  const missing = hasGaps(history) ? findMissingData(metrics, history, await fedBy(days, breakdowns)) : [];
  return { findings: [...findings, ...missing], history: withoutFaults(history, faults) };
}

/** What else happens in this process comes between the pieces. */
async function inTurns<Result>(pieces: Pieces<Result>): Promise<Result> {
  for (;;) {
    const piece = pieces.next();
    if (piece.done) return piece.value;
    await nextTurn();
  }
}

function hasGaps({ days, integrations }: History): boolean {
  return integrations.some(({ unknown }) => unknown.length > 0) || days.some(({ unknown }) => unknown.length > 0);
}

/** What each platform feeds, by what it has had. Undefined of a platform that has had nothing: it may feed what others do. */
async function fedBy(days: FigureDays, breakdowns: Breakdowns) {
  const members = await breakdowns.read('platform', referenceOf(days));
  return (platform: string): readonly string[] | undefined => {
    const figures = members?.find(({ key }) => key === platform)?.figures;
    return figures && Object.entries(figures).flatMap(([name, value]) => (value === 0 ? [] : [name]));
  };
}

/** A day before and after is not believed either: a platform's silence need not begin at midnight. */
const AROUND = 1;

/** Pure: the history with the figures of faults marked as uncertain on their days. */
export function withoutFaults(history: History, faults: readonly Fault[]): History {
  if (faults.length === 0) return history;
  const days = history.days.map((day, index): MetricDay => {
    const own = faults.filter(({ days: { first, last } }) => index >= first - AROUND && index <= last + AROUND);
    const figures = own.flatMap((fault) => fault.figures);
    if (figures.length === 0) return day;
    const before = day.uncertain ?? (day.isProvisional || day.unknown.length > 0 ? ALL : []);
    return { ...day, uncertain: [...new Set([...before, ...figures])] };
  });
  return { ...history, days };
}

const ALL = [
  ...['revenue', 'refunds', 'orders', 'newCustomers', 'sessions'],
  ...['adSpend', 'adRevenue', 'impressions', 'clicks'],
];
