import { expect, test } from 'vitest';
import { findInsights } from './find-insights.js';
import { daysBefore, historyOf, TODAY, wiggle } from './fixtures/days.js';
import { METRICS } from './metrics.js';
import { random } from './series/fixtures/random.js';

const FOUR_YEARS = 1_461;

/** Sells half at weekends, with a better level in the last year. */
const days = daysBefore(TODAY, FOUR_YEARS, (age) => {
  const orders = Math.round(40 * (age % 7 < 2 ? 0.5 : 1) * (age < 200 ? 1.4 : 1) * (1 + 0.1 * wiggle(age)));
  const sessions = Math.round(40 * orders * (1 + 0.1 * wiggle(age + 0.5)));
  const sales = { orders, revenue: 4_000 * orders, newCustomers: Math.round(orders / 2), refunds: 3_000 };
  const ads = { adSpend: 90 * sessions, adRevenue: 400 * sessions, impressions: 60 * sessions, clicks: 2 * sessions };
  return { ...sales, sessions, ...ads };
});
const history = historyOf(days, { period: '1y' });

/** Calls it at each turn of the event loop, until it is called again. */
function atEachTurn(call: () => void): () => void {
  let isOver = false;
  const turn = () => {
    if (isOver) return;
    call();
    setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    isOver = true;
  };
}

test('judges years of all metrics in pieces, between which others have a turn', async () => {
  let turns = 0;
  const stop = atEachTurn(() => turns++);
  const found = await findInsights(METRICS, history, new AbortController().signal);
  stop();
  expect(found.length).toBeGreaterThan(0);
  // The levels of a metric alone are tried in more than ten ways, each of them a piece.
  expect(turns).toBeGreaterThan(20 * METRICS.length);
});

test('stops at the next turn once its signal is aborted', async () => {
  const controller = new AbortController();
  let turns = 0;
  const stop = atEachTurn(() => {
    turns++;
    if (turns === 30) controller.abort(new Error('The job is cancelled'));
  });
  await expect(findInsights(METRICS, history, controller.signal)).rejects.toThrow('The job is cancelled');
  stop();
  expect(turns).toBeLessThan(35);
});

test.each([
  ['drop', 1 / 3],
  ['spike', 5 / 3],
])('tells a %s of a week in a shop of 90 days', async (kind, times) => {
  const toldOf = async (seed: number) => {
    const source = random(seed);
    const shop = daysBefore(TODAY, 90, (age) => {
      const orders = source.count(100 * (age <= 20 && age > 13 ? times : 1), 400);
      return { orders, revenue: 5_000 * orders, sessions: source.count(3_000, 400) };
    });
    const found = await findInsights(METRICS, historyOf(shop), new AbortController().signal);
    return found
      .filter((one) => one.metric.name === 'orders' && one.kind === kind)
      .map(({ evidence }) => evidence.window);
  };
  for (const seed of [1, 2, 3]) {
    const windows = await toldOf(seed);
    expect(windows, `seed ${seed}`).toHaveLength(1);
    // A day beside it may be off by chance.
    expect(['2026-11-03', '2026-11-04']).toContain(windows[0]?.from);
    expect(['2026-11-10', '2026-11-11']).toContain(windows[0]?.to);
  }
});
