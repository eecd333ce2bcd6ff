/** How long a worker that makes insights keeps others of its process waiting: the longest stretch between two turns of the event loop. */
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import {
  type InsightDays,
  type InsightStore,
  insightsProcessor,
  insightsQueue,
  type MetricSource,
} from '@bizinsights/jobs-insights';
import { startSandbox } from '@bizinsights/jobs-sandbox';
import { ShopSource } from '../../insights/shop-source.js';
import { spread } from '../../statistics.js';
import type { Subject } from '../../subject.js';

const FOUR_YEARS = 1_461;

/** In the first ones the code is still compiled. */
const WARM_UP = 2;

const keepsNothing: InsightStore = {
  claim: async () => true,
  release: async () => undefined,
  save: async () => new Map(),
  told: async () => [],
};

export const insightsTurns: Subject = {
  name: 'insights-turns',
  about: 'the longest stretch of a run of 1y, over four years of 12 metrics, without a turn of the event loop',
  async run(bench) {
    const rounds = bench.size(9, 5);
    bench.say(`insights-turns: ${rounds} runs of 1y`);
    const sandbox = await startSandbox({ seed: 3, platforms: [], days: FOUR_YEARS });
    const longest: number[] = [];
    const asked: number[] = [];
    const times: number[] = [];
    try {
      const source = new ShopSource(sandbox, ['shopify', 'stripe', 'google-analytics', 'facebook-ads', 'woocommerce']);
      await source.refresh();
      const answers = new Answers(source);
      for (let round = 0; round < WARM_UP + rounds; round++) {
        const before = answers.asked;
        const jobs = createTestJobs({ queues: [insightsQueue, alertsQueue], now: sandbox.now() });
        jobs.registerProcessor(
          insightsProcessor({ metrics: answers.source, insights: keepsNothing, now: jobs.clock.now }),
        );
        await jobs.queue(insightsQueue).add({ organizationId: `organization-${round}`, period: '1y' });
        const stretches = new Stretches();
        const { completed } = await jobs.drain();
        const measured = stretches.end();
        await jobs.close();
        if (completed !== 1) throw new Error('There are no insights');
        if (round < WARM_UP) continue;
        longest.push(Math.max(...measured));
        times.push(measured.reduce((sum, one) => sum + one, 0));
        asked.push(answers.asked - before);
      }
    } finally {
      await sandbox.close();
    }
    const { min, median, max } = spread(longest);
    const ms = (time: number) => time.toFixed(0);
    return [
      {
        subject: 'insights of 1y over four years',
        jobs:
          `longest stretch ${ms(median)} ms (${ms(min)} to ${ms(max)}) of ${ms(spread(times).median)} ms of ` +
          `processor time; ${spread(asked).median} breakdowns`,
        goal: '50 ms',
      },
    ];
  },
};

/** The shop's answers, each made once: what a store takes for them is the store's time. */
class Answers {
  asked = 0;
  readonly source: MetricSource;

  constructor(shop: ShopSource) {
    const daily = keptOf((range: InsightDays) => shop.daily('', range));
    const breakdown = keptOf((range: Parameters<ShopSource['breakdown']>[1]) => shop.breakdown('', range));
    this.source = {
      calendar: () => shop.calendar(),
      daily: (_organizationId, range) => daily(range),
      breakdown: (_organizationId, range) => {
        this.asked += 1;
        return breakdown(range);
      },
      coverage: () => shop.coverage(),
      refresh: async () => undefined,
    };
  }
}

function keptOf<Range, Result>(ask: (range: Range) => Promise<Result>): (range: Range) => Promise<Result> {
  const known = new Map<string, Promise<Result>>();
  return (range) => {
    const key = JSON.stringify(range);
    const answer = known.get(key) ?? ask(range);
    known.set(key, answer);
    return answer;
  };
}

/**
 * How long each turn of the event loop has kept others waiting, ms: the shorter of wall and processor time. Wall time has what other
 * processes of a busy machine take in it; processor time has that of V8's other threads, which collect garbage and compile
 * beside the code, and counts a turn in which they are busy twice.
 */
class Stretches {
  readonly #all: number[] = [];
  #begun = process.cpuUsage();
  #begunAt = performance.now();
  #isOver = false;

  constructor() {
    setImmediate(this.#turn);
  }

  end(): readonly number[] {
    this.#isOver = true;
    return this.#all;
  }

  readonly #turn = (): void => {
    const { user, system } = process.cpuUsage(this.#begun);
    this.#all.push(Math.min((user + system) / 1_000, performance.now() - this.#begunAt));
    this.#begun = process.cpuUsage();
    this.#begunAt = performance.now();
    if (!this.#isOver) setImmediate(this.#turn);
  };
}
