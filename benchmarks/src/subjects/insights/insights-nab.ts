/** How well the streaming detector of insights finds the labelled anomalies of public series, beside simple rules. */
import { type Nab, type NabResult, readNab } from '../../insights/nab-series.js';
import { DETECTOR, RULES, type Scorer } from '../../insights/scorers.js';
import type { Subject, SubjectOptions } from '../../subject.js';
import { count, formatTable } from '../../table.js';

const HEAD = ['series', 'side', 'precision', 'recall', 'F1', 'strict F1', 'best strict F1', 'standard score'];

export const insightsNab: Subject = {
  name: 'insights-nab',
  about:
    'the streaming detector on labelled public series, beside rules; `--nab FOLDER`, `--threshold` for the detector',
  async run(bench) {
    const nab = await readNab(bench.options.nab);
    if (!nab) {
      bench.say(
        `insights-nab: left out. ${bench.options.nab} has not the labelled series: score.mjs, combined_windows.json and data/. Say with --nab where they are.`,
      );
      return [];
    }
    for (const path of nab.unlabelled) bench.say(`insights-nab: ${path} has no entry in the windows and is left out`);
    const values = nab.series.reduce((sum, { values: own }) => sum + own.length, 0);
    bench.say(`insights-nab: ${nab.series.length} series, ${count(values)} values`);
    bench.tables.push(compareSides(nab, values, bench.options));
    return [];
  },
};

interface Side {
  readonly name: string;
  readonly scores: Readonly<Record<string, readonly number[]>>;
  readonly threshold: number;
  readonly perValue: number;
}

function compareSides(nab: Nab, values: number, options: SubjectOptions): string {
  const groups = [...new Set(nab.series.map(({ name }) => groupOf(name)))];
  const sides = [DETECTOR, ...RULES].map((scorer) => runSide(nab, values, scorer, options));
  const lines = [undefined, ...groups].flatMap((group) => sides.map((side) => toLine(nab, side, group)));
  const thresholds = sides.map(({ name, threshold, perValue }) => {
    const chosen = name === DETECTOR.name && options.threshold !== undefined ? 'as given' : 'chosen on these series';
    return `${name}: threshold ${threshold.toFixed(4)}, ${chosen}; ${perValue.toFixed(1)} µs a value`;
  });
  return [formatTable([HEAD, ...lines], options.markdown), ...thresholds].join('\n');
}

/** The threshold is the one with the best standard score over all series together. */
function runSide(nab: Nab, values: number, scorer: Scorer, options: SubjectOptions): Side {
  const started = performance.now();
  const scores = Object.fromEntries(nab.series.map((series) => [series.name, scorer.score(series.values)]));
  const perValue = ((performance.now() - started) * 1_000) / values;
  const given = scorer === DETECTOR ? options.threshold : undefined;
  const threshold = given ?? nab.scoring.scoreAll(nab.series, scores, nab.windows, 'standard').threshold;
  return { name: scorer.name, scores, threshold, perValue };
}

function toLine(nab: Nab, { name, scores, threshold }: Side, group: string | undefined): string[] {
  const series = nab.series.filter((one) => group === undefined || groupOf(one.name) === group);
  const result = nab.scoring.scoreAll(series, scores, nab.windows, 'standard', { threshold });
  // At the threshold that is best for it.
  const { bestStrictF1 } = nab.scoring.scoreAll(series, scores, nab.windows, 'standard');
  return [group ?? 'all', name, ...cells({ ...result, bestStrictF1 })];
}

function cells({ windows, precision, recall, f1, strictF1, bestStrictF1, score }: NabResult): string[] {
  // Without a window there is nothing to find, and so no share of it.
  if (windows === 0) return [precision, recall, f1, strictF1, bestStrictF1, score].map(() => '');
  return [...[precision, recall, f1, strictF1, bestStrictF1].map((share) => share.toFixed(3)), score.toFixed(1)];
}

function groupOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}
