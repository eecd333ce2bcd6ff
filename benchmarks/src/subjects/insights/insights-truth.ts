/** What insights find of the incidents of the sandbox's shops, which know the truth, and what they tell besides. */
import type { NewInsight } from '@bizinsights/jobs-insights';
import { type JudgedShop, judgeShop } from '../../insights/judge-shop.js';
import { falseOnes, isEvent, type Telling, tellingOf } from '../../insights/match-incidents.js';
import type { JudgedIncident } from '../../insights/shop-incidents.js';
import { spread } from '../../statistics.js';
import type { Bench, Subject } from '../../subject.js';
import { formatTable } from '../../table.js';

const SEEDS = [1, 20] as const;
const QUICK_SEEDS = [1, 3] as const;

const RUNS = { year: 'one run of 1y', weekly: 'a run of 30d each week' } as const;
type Run = keyof typeof RUNS;

export const insightsTruth: Subject = {
  name: 'insights-truth',
  about: 'insights of sandbox shops of three years against their incidents; `--seeds 11-30`, `--list`',
  async run(bench) {
    const [first, last] = bench.options.seeds ?? (bench.quick ? QUICK_SEEDS : SEEDS);
    const shops: JudgedShop[] = [];
    for (let seed = first; seed <= last; seed++) {
      bench.say(`insights-truth: shop ${seed} of ${first} to ${last}`);
      const shop = await judgeShop(seed);
      shops.push(shop);
      if (bench.options.list) listWrong(bench, shop);
    }
    for (const run of ['year', 'weekly'] as const) bench.tables.push(tableOf(shops, run, bench.options.markdown));
    return [];
  },
};

interface Judged extends Telling {
  readonly shop: JudgedShop;
  readonly of: JudgedIncident;
}

const judgementsOf = (shop: JudgedShop, run: Run): Judged[] =>
  shop.judged.map((of) => ({ shop, of, ...tellingOf(of.incident, shop[run]) }));

function tableOf(shops: readonly JudgedShop[], run: Run, markdown: boolean): string {
  const all = shops.flatMap((shop) => judgementsOf(shop, run));
  // What its platform still restates can't be told yet: at the end of the year. Week by week it is told when it is final.
  const clear = all.filter(({ of }) => of.isClear && !of.isOpen);
  const causes = [...new Set(clear.map(({ of }) => of.incident.cause))].sort();
  const lines = causes.map((cause) => {
    const own = clear.filter(({ of }) => of.incident.cause === cause);
    return lineOf(`${own[0]?.of.incident.kind}: ${cause}`, own);
  });
  const rest = all.length - clear.length;
  const open = all.filter(({ of }) => of.isOpen).length;
  return [
    `Shops ${shops[0]?.seed} to ${shops.at(-1)?.seed}, ${RUNS[run]}; ${rest} incidents are not counted: ` +
      `${rest - open} are no more than three times the noise, ${open} still restated`,
    formatTable([HEAD, ...lines, lineOf('all', clear)], markdown),
    '',
    formatTable(toldBesides(shops, run), markdown),
    `Time of a run: ${spread(shops.map(({ times }) => times[run])).median.toFixed(0)} ms`,
  ].join('\n');
}

const HEAD = ['incidents', 'count', 'found', 'kind right', 'kind and driver right', 'needless driver'];

function lineOf(name: string, judged: readonly Judged[]): string[] {
  const share = (is: (one: Judged) => boolean) =>
    `${((100 * judged.filter(is).length) / Math.max(1, judged.length)).toFixed(0)} %`;
  return [
    name,
    String(judged.length),
    share(({ isFound }) => isFound),
    share(({ isKindRight }) => isKindRight),
    share(({ isDriverRight }) => isDriverRight),
    String(judged.filter(({ hasNeedlessDriver }) => hasNeedlessDriver).length),
  ];
}

/** What is about no incident, by kind, for each month and shop; of kinds that are no events, how many were told. */
function toldBesides(shops: readonly JudgedShop[], run: Run): string[][] {
  const months = 12 * shops.length;
  const wrong = shops.flatMap((shop) => falseOnes(shop[run], shop.incidents));
  const told = shops.flatMap((shop) => shop[run]);
  const kinds = [...new Set(told.map(({ kind }) => kind))].sort();
  const rate = (insights: readonly NewInsight[]) => (insights.length / months).toFixed(2);
  const line = (name: string, is: (insight: NewInsight) => boolean) => [
    name,
    rate(told.filter(is)),
    rate(wrong.filter(is)),
  ];
  return [
    ['insights', 'told a month and shop', 'of these about no incident'],
    ...kinds.map((kind) => line(kind, (insight) => insight.kind === kind)),
    line('all that happened', isEvent),
    line('all', () => true),
  ];
}

function listWrong(bench: Bench, shop: JudgedShop): void {
  for (const run of ['year', 'weekly'] as const) {
    for (const { of, isFound, isKindRight, isDriverRight } of judgementsOf(shop, run)) {
      if (!of.isClear || of.isOpen || isDriverRight) continue;
      const what = !isFound ? 'missed' : !isKindRight ? 'wrong kind' : 'wrong driver';
      const { id, to, kind } = of.incident;
      const sizes = Object.entries(of.sizes).map(([metric, size]) => `${metric} ${size.toFixed(1)}`);
      bench.say(`  ${run}: ${what}: ${kind} ${id} to ${to} (${sizes.join(', ')})`);
    }
    for (const insight of falseOnes(shop[run], shop.incidents).filter(isEvent)) {
      const { kind, metric, impact, evidence } = insight;
      const { window, value, expected, score = 0, drivers: [driver] = [] } = evidence;
      const by = driver ? `, ${driver.dimension} ${driver.key}` : '';
      const figures = `${value.toFixed(2)} for ${expected.toFixed(2)}, score ${score.toFixed(1)}`;
      bench.say(`  ${run}: false: ${kind} of ${metric}, ${window.from} to ${window.to}: ${figures}, ${impact}${by}`);
    }
  }
}
