import type { InsightKind, InsightMethod } from '@bizinsights/jobs-insights';
import type { StoredInsight } from '@bizinsights/jobs-store';
import { metricLabel } from '@/lib/figures/findings';
import { type Formats, formatDay, formatDays } from '@/lib/figures/format';

/** How it was found, for people. */
const METHODS: Record<InsightMethod, string> = {
  'period-before': 'The figure of the period is compared with that of as many days before it.',
  'expected-range':
    'Each day is compared with what its weekday, its season, its level and holidays let expect. The band shows what is usual.',
  'theil-sen':
    'The direction is the median of the slopes between all pairs of days, so single odd days do not bend it.',
  'residual-spread': 'It is compared how far days were from what was expected, before and since.',
  'seasonal-pattern': 'The pattern is what repeats each week or year when trend and odd days are taken out.',
  coverage: 'It is known for each account which days have been read.',
  'joint-figures': 'Figures that go together were compared: one of them went on as before.',
  history: 'All known days are looked at.',
  forecast: 'Several forecasts are weighted by how well each did on your own past.',
  'weekday-median': 'The day is compared with the median of the same weekdays before it.',
};

export const KINDS: Record<InsightKind, string> = {
  change: 'change against the period before',
  spike: 'spike',
  drop: 'drop',
  'level-shift': 'new level',
  variance: 'change of the usual ups and downs',
  trend: 'trend',
  'turning-point': 'turning point',
  season: 'season',
  holiday: 'holiday',
  'missing-data': 'days without data',
  'silent-platform': 'platform that went silent',
  'broken-tracking': 'broken tracking',
  record: 'record',
  milestone: 'milestone',
  target: 'target',
  forecast: 'forecast',
  'unusual-day': 'unusual day',
};

/** Why a person sees this: how it was found, how sure it is, and why it stands where it stands. */
export function Why({ insight, formats }: { readonly insight: StoredInsight; readonly formats: Formats }) {
  const { kind, metric, impact, evidence, importance } = insight;
  const { method, score, p, before, yearBefore, holiday } = evidence;
  const number = new Intl.NumberFormat(formats.locale, { maximumSignificantDigits: 2 });
  return (
    <details className="chart-table">
      <summary>Why am I told this?</summary>
      <ul className="why">
        <li>
          It is about {metricLabel(metric)}: {KINDS[kind]}. {METHODS[method]}
        </li>
        {before === undefined ? null : <li>Compared with {formatDays(before, formats)}.</li>}
        {yearBefore === undefined ? null : <li>The same weekdays a year before: {formatDays(yearBefore, formats)}.</li>}
        {holiday === undefined ? null : (
          <li>
            Near {holiday.name}, {formatDay(holiday.day, formats)}.
          </li>
        )}
        {score === undefined ? null : (
          <li>It is {number.format(Math.abs(score))} times as far from what was expected as it usually is.</li>
        )}
        {p === undefined ? null : <li>{chance(p, formats)}</li>}
        <li>
          Its impact is {impact}; among all insights its rank is {number.format(importance)} of 1, from size in money,
          certainty and novelty, and lower where people have voted its kind down.
        </li>
      </ul>
    </details>
  );
}

/** Rounded as the words of the insight are. */
function chance(p: number, { locale }: Formats): string {
  if (p < 1e-6) return 'Chance alone gives this less than once in a million times.';
  const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 1 });
  return `Chance alone gives this about once in ${number.format(1 / p)} times.`;
}
