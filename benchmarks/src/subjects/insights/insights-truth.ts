/** What insights find of the incidents of the sandbox's shops, which know the truth, and what they tell besides. */
import type { NewInsight } from '@bizinsights/jobs-insights';
import { type JudgedShop, judgeShop } from '../../insights/judge-shop.js';
import { falseOnes, isAbout, isEvent, type Telling, tellingOf } from '../../insights/match-incidents.js';
import type { JudgedIncident } from '../../insights/shop-incidents.js';
import { spread } from '../../statistics.js';
import type { Bench, Subject } from '../../subject.js';
import { formatTable } from '../../table.js';

const SEEDS = [1, 20] as const;
const QUICK_SEEDS = [1, 3] as const;

const RUNS = {
  year: { period: '1y', name: 'one run of 1y' },
  weekly: { period: '30d', name: 'a run of 30d each week' },
} as const;
type Run = keyof typeof RUNS;
const RUN_NAMES: readonly Run[] = ['year', 'weekly'];

export const insightsTruth: Subject = {
  name: 'insights-truth',
  about: 'insights of sandbox shops of three years against their incidents; `--seeds 11-30`, `--list`',
  async run(bench) {
    const [first, last] = bench.options.seeds ?? (bench.quick ? QUICK_SEEDS : SEEDS);
    const { period, list, markdown } = bench.options;
    const runs = RUN_NAMES.filter((run) => period === undefined || RUNS[run].period === period);
    const shops: JudgedShop[] = [];
    for (let seed = first; seed <= last; seed++) {
      bench.say(`insights-truth: shop ${seed} of ${first} to ${last}`);
      const shop = await judgeShop(seed, period);
      shops.push(shop);
      if (list) for (const run of runs) listWrong(bench, shop, run);
    }
    for (const run of runs) bench.tables.push(tableOf(shops, run, markdown));
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
  // At the end of the year, what its platform still restates can't be reported yet. Week by week it is reported when it is final.
  const clear = all.filter(({ of }) => of.isClear && !of.isOpen);
  const causes = [...new Set(clear.map(({ of }) => of.incident.cause))].sort();
  const lines = causes.map((cause) => {
    const own = clear.filter(({ of }) => of.incident.cause === cause);
    return lineOf(`${own[0]?.of.incident.kind}: ${cause}`, own);
  });
  const rest = all.length - clear.length;
  const open = all.filter(({ of }) => of.isOpen).length;
  return [
    `Shops ${shops[0]?.seed} to ${shops.at(-1)?.seed}, ${RUNS[run].name}; ${rest} incidents are not counted: ` +
      `${rest - open} are no more than three times the noise, ${open} still restated`,
    formatTable([HEAD, ...lines, lineOf('all', clear)], markdown),
    '',
    formatTable(toldBesides(shops, run), markdown),
    `Time of a run: ${spread(shops.flatMap(({ times }) => times[run] ?? [])).median.toFixed(0)} ms`,
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

function listWrong(bench: Bench, shop: JudgedShop, run: Run): void {
  for (const { of, isFound, isKindRight, isDriverRight } of judgementsOf(shop, run)) {
    if (!of.isClear || of.isOpen || isDriverRight) continue;
    const what = !isFound ? 'missed' : !isKindRight ? 'wrong kind' : 'wrong driver';
    const { id, to, kind } = of.incident;
    const sizes = Object.entries(of.sizes).map(([metric, size]) => `${metric} ${size.toFixed(1)}`);
    bench.say(`  ${run}: ${what}: ${kind} ${id} to ${to} (${sizes.join(', ')})`);
    for (const insight of shop[run]) if (isAbout(insight, of.incident)) bench.say(`    ${lineOfInsight(insight)}`);
  }
  for (const insight of falseOnes(shop[run], shop.incidents).filter(isEvent)) {
    bench.say(`  ${run}: false: ${lineOfInsight(insight)}`);
  }
}

function lineOfInsight({ kind, metric, impact, evidence }: NewInsight): string {
  const { window, value, expected, score = 0, drivers: [driver] = [] } = evidence;
  const by = driver ? `, ${driver.dimension} ${driver.key}` : '';
  const figures = `${value.toFixed(2)} for ${expected.toFixed(2)}, score ${score.toFixed(1)}`;
  return `${kind} of ${metric}, ${window.from} to ${window.to}: ${figures}, ${impact}${by}`;
}
