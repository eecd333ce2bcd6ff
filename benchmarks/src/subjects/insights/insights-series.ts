/** Anomalies and forecasts of daily series as shops have them: how many are right, and how long they take. */
import { detectAnomalies, forecast } from '@bizinsights/jobs-insights';
import {
  type ForecastSeries,
  forecastSeries,
  HORIZON,
  scaledError,
} from '@bizinsights/jobs-insights/fixtures/forecast-series.js';
import { MONTHS_AHEAD, monthlySeries } from '@bizinsights/jobs-insights/fixtures/monthly-series.js';
import reference from '@bizinsights/jobs-insights/fixtures/reference.json' with { type: 'json' };
import { type Score, score, summarize, trailingZScore } from '@bizinsights/jobs-insights/fixtures/score.js';
import { FAMILIES, type Family, shopSeries } from '@bizinsights/jobs-insights/fixtures/shop-series.js';
import type { Subject } from '../../subject.js';
import type { Row } from '../../table.js';

/** The constants were chosen on the first; the last were never looked at before. */
const SEEDS = { choosing: [1, 60], showing: [1_001, 1_060] } as const;
const SEASONS = { 'no seasons given': undefined, 'seasons [7]': [7], 'seasons [7, 365.25]': [7, 365.25] } as const;
const TIMED = 50;
/** ms */
const TIME_GOAL = 1_000;

export const insightsSeries: Subject = {
  name: 'insights-series',
  about: 'anomalies and forecasts of daily series with known events, beside a trailing z-score and stlf of R',
  async run(bench) {
    const rows: Row[] = [];
    for (const [use, [first, last]] of Object.entries(SEEDS)) {
      const seeds = Array.from({ length: bench.size(last - first + 1, 10) }, (_, order) => first + order);
      for (const [name, seasons] of Object.entries(SEASONS)) {
        bench.say(`insights-series: anomalies, ${name}, seeds for ${use}`);
        rows.push(...anomalies(`for ${use}, ${name}`, seeds, seasons));
      }
    }
    bench.say('insights-series: forecasts');
    rows.push(...forecasts(), ...monthlyForecasts(), time());
    return rows;
  },
};

function anomalies(label: string, seeds: readonly number[], seasons: readonly number[] | undefined): Row[] {
  const options = seasons === undefined ? {} : { seasons };
  const of = (family: Family) =>
    seeds.map((seed) => {
      const { labels, values } = shopSeries(family, seed);
      return {
        ours: score(
          labels,
          detectAnomalies(values, options).map(({ index }) => index),
        ),
        rule: score(labels, trailingZScore(values)),
      };
    });
  const families = FAMILIES.map((family) => ({ family, scores: of(family) }));
  const row = (subject: string, scores: readonly { ours: Score; rule: Score }[], goal: string): Row => {
    const ours = summarize(scores.map((one) => one.ours));
    const rule = summarize(scores.map((one) => one.rule));
    const text = ({ f1, precision, recall, shifts }: typeof ours) =>
      `F1 ${f1.toFixed(3)} (precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)}), shifts ${shifts.toFixed(2)}`;
    const ratio = (ours.f1 / rule.f1).toFixed(2);
    return {
      subject: `anomalies ${label}: ${subject}`,
      jobs: text(ours),
      plain: `z-score: ${text(rule)}`,
      ratio,
      goal,
    };
  };
  return [
    row(
      'all',
      families.flatMap(({ scores }) => scores),
      'F1 0.92, shifts 0.75, ratio 1.25',
    ),
    ...families.map(({ family, scores }) => row(family, scores, family === 'near-zero' ? 'F1 0.80' : '')),
  ];
}

interface Compared extends ForecastSeries {
  /** What `stlf` of R made of the past. */
  readonly stlf: readonly number[];
}

/** @throws Error where R saw other series */
function withReference(all: readonly ForecastSeries[], reference: readonly { name: string; mean: number[] }[]) {
  return all.map((one, order): Compared => {
    const stlf = reference[order];
    if (stlf?.name !== one.name) throw new Error(`The reference has no forecast of ${one.name}`);
    return { ...one, stlf: stlf.mean };
  });
}

function forecasts(): Row[] {
  const all = withReference(forecastSeries(), reference.daily);
  return Object.entries({ 'seasons [7]': [7], 'seasons [7, 365.25]': [7, 365.25] }).map(([name, seasons]) =>
    compared(`forecasts of ${HORIZON} days, ${all.length} series, ${name}`, all, seasons, 'ratio 1, 75 to 85 %'),
  );
}

function monthlyForecasts(): Row[] {
  const ofR = reference.monthly.map(
    ({ name, values, mean }): Compared => ({
      ...{ name, stlf: mean },
      ...{ past: values.slice(0, -MONTHS_AHEAD), next: values.slice(-MONTHS_AHEAD) },
    }),
  );
  const generated = withReference(monthlySeries(), reference.months);
  return Object.entries({ 'series of R': ofR, series: generated }).map(([name, all]) =>
    compared(`forecasts of ${MONTHS_AHEAD} months, ${all.length} ${name}, seasons [12]`, all, [12], 'ratio 1'),
  );
}

/** @param seasons in order: the first is that of the naive forecast */
function compared(subject: string, all: readonly Compared[], seasons: readonly number[], goal: string): Row {
  const [season = 1] = seasons;
  let held = 0;
  let count = 0;
  const errors = all.map(({ past, next, stlf }) => {
    const { mean, lower, upper } = forecast(past, { horizon: next.length, seasons });
    held += next.filter((value, step) => value >= (lower[step] ?? 0) && value <= (upper[step] ?? 0)).length;
    count += next.length;
    const naive = next.map((_, step) => past[past.length - season + (step % season)] ?? 0);
    return [mean, stlf, naive].map((one) => scaledError(past, next, one, season));
  });
  const [ours = Number.NaN, stlf = Number.NaN, naive = Number.NaN] = [0, 1, 2].map(
    (which) => errors.reduce((sum, own) => sum + (own[which] ?? Number.NaN), 0) / errors.length,
  );
  return {
    subject,
    jobs: `scaled error ${ours.toFixed(3)}, 80 % interval holds ${((100 * held) / count).toFixed(1)} %`,
    plain: `stlf of R: ${stlf.toFixed(3)}, seasonal naive: ${naive.toFixed(3)}`,
    ratio: (stlf / ours).toFixed(2),
    goal,
  };
}

function time(): Row {
  const all = Array.from(
    { length: TIMED },
    (_, order) => shopSeries(FAMILIES[order % FAMILIES.length] ?? 'steady', order + 1).values,
  );
  const run = () => {
    const { user } = process.cpuUsage();
    for (const values of all) detectAnomalies(values);
    return (process.cpuUsage().user - user) / 1_000;
  };
  run();
  const times = [run(), run(), run()].sort((a, b) => a - b);
  const [, median = 0] = times;
  return {
    subject: `anomalies of ${TIMED} series of 730 days`,
    jobs: `${median.toFixed(0)} ms of processor time (${times.map((one) => one.toFixed(0)).join(', ')})`,
    goal: `under ${TIME_GOAL} ms`,
  };
}
