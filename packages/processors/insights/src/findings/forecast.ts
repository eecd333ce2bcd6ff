/**
 * What comes next: 28 days of the most important metric, by the forecast of `forecast()` and what earlier years
 * had on the holidays that come. It is reported where it differs from the last 28
 * days by more than its interval.
 */
import { defined } from '@bizinsights/jobs-core/define';
import type { History } from '../history.js';
import type { MetricHistory } from '../metric-history.js';
import { rounded } from '../metrics.js';
import type { Pieces } from '../series/pieces.js';
import type { Finding } from './finding.js';
import { relativeChange, seriesOf, unitOf } from './finding.js';
import { isNearZero, knownOf, leadingMetrics } from './leading.js';
import { outlookOf } from './outlook.js';

const AHEAD = 28;

/** A smaller difference is not told: 0.2 is 20 %. Smaller ones come in most months. */
const LEAST = 0.2;

/** So many days have to be known. */
const LEAST_DAYS = 90;

/** So many days before are plotted. */
const PLOTTED = 56;

export function* findForecast(
  metrics: readonly MetricHistory[],
  { calendar, holidays }: History,
): Pieces<readonly Finding[]> {
  const [leading] = leadingMetrics(metrics, LEAST_DAYS).filter((metric) => !isNearZero(metric));
  if (!leading || leading.metric.name === 'sessions') return [];
  const { metric, points, values } = leading;
  const before = values.slice(-AHEAD);
  const outlook = yield* outlookOf(values, calendar.today, AHEAD, holidays);
  // What the last days come to has to be known for a comparison.
  if (!outlook || knownOf(before) < AHEAD) return [];
  const expected = before.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const value = outlook.days.reduce((sum, day) => sum + day.expected, 0);
  const change = relativeChange(value, expected);
  const isBeyond = Math.abs(value - expected) > outlook.reach;
  if (!isBeyond || change === undefined || Math.abs(change) < LEAST) return [];
  const { unit } = metric;
  const finding: Finding = {
    kind: 'forecast',
    topic: `forecast:${metric.name}`,
    metric,
    impact: 'low',
    evidence: {
      method: 'forecast',
      ...unitOf(metric, calendar),
      window: { from: outlook.days[0]?.day ?? '', to: outlook.days.at(-1)?.day ?? '' },
      value: rounded(unit, value),
      expected: rounded(unit, expected),
      lower: rounded(unit, expected >= 0 ? Math.max(0, value - outlook.reach) : value - outlook.reach),
      upper: rounded(unit, value + outlook.reach),
      ...defined({ change: rounded('share', change) }),
      direction: value > expected ? 'up' : 'down',
      series: seriesOf(unit, points.slice(-PLOTTED)),
      ahead: outlook.days.map((day) => ({
        ...day,
        expected: rounded(unit, day.expected),
        lower: rounded(unit, day.lower),
        upper: rounded(unit, day.upper),
      })),
    },
  };
  return [finding];
}
