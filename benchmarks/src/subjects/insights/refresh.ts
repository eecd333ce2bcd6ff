/** `metrics.refresh`: on PostgreSQL, as others have more and more records; embedded, what it leaves of the event loop. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import { createStore, type Store } from '@bizinsights/jobs-store';
import { createDatabase, startPostgres } from '@bizinsights/test-servers';
import pg from 'pg';
import { addRecords, DAYS } from '../../metrics/records.js';
import { quantile } from '../../statistics.js';
import type { Bench, Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';

const MINE = 'mine';
const RECORDS = 36_000;
/** Records of each of the other organizations. */
const OTHER = 100_000;
const KEYS = `2026:${Buffer.alloc(32, 7).toString('base64')}`;

const GOAL = 1.5;
/** p99 of the delay of the event loop. ms */
const DELAY_GOAL = 50;

export const refresh: Subject = {
  name: 'refresh',
  about:
    'metrics.refresh of 730 days: among the records of others on PostgreSQL, and beside a host on the embedded store',
  async run(bench) {
    return [...(await amongOthers(bench)), await besideAHost(bench)];
  },
};

/** A store with the organization, and the records of others. */
interface Opened {
  readonly others: number;
  readonly store: Store;
  readonly times: number[];
}

async function amongOthers(bench: Bench): Promise<Row[]> {
  const postgres = await startPostgres();
  const pools: pg.Pool[] = [];
  try {
    const stores: Opened[] = [];
    for (const others of [0, bench.size(500_000, 100_000), bench.size(5_000_000, 1_000_000)]) {
      bench.say(`refresh: a store with ${count(others)} records of others`);
      const { url } = await createDatabase(postgres.url);
      const pool = new pg.Pool({ connectionString: url, max: 2 });
      pools.push(pool);
      const store = createStore({ pool, keys: KEYS });
      await store.migrate();
      await addRecords(pool, MINE, RECORDS);
      for (let done = 0; done < others; done += OTHER) await addRecords(pool, `other-${done}`, OTHER);
      await pool.query('VACUUM ANALYZE');
      stores.push({ others, store, times: [] });
    }
    const rounds = bench.size(15, 5);
    bench.say(`refresh: ${rounds} rounds of each store`);
    for (let round = -1; round < rounds; round++) {
      for (const { store, times } of round % 2 === 0 ? stores : stores.toReversed()) {
        const time = await timed(store);
        if (round >= 0) times.push(time);
      }
    }
    const alone = stores[0]?.times ?? [];
    return stores.map(({ others, times }): Row => {
      const ratio = quantile(
        times.map((time, round) => time / (alone[round] ?? time)),
        0.5,
      );
      return {
        subject: `refresh of ${DAYS} days, ${count(RECORDS)} records, PostgreSQL, among ${count(others)} of others`,
        jobs: `median ${quantile(times, 0.5).toFixed(0)} ms, longest ${Math.max(...times).toFixed(0)} ms`,
        ...(others > 0 && { ratio: `${ratio.toFixed(2)} of alone`, goal: `at most ${GOAL}` }),
      };
    });
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
    await postgres.stop();
  }
}

/** All days again. ms */
async function timed(store: Store): Promise<number> {
  await store.metrics.invalidate(MINE);
  const started = performance.now();
  const days = await store.metrics.refresh(MINE);
  const took = performance.now() - started;
  if (days < DAYS) throw new Error(`Only ${days} days were derived`);
  return took;
}

async function besideAHost(bench: Bench): Promise<Row> {
  const { pool, close } = await openEmbedded({ dir: 'memory:' });
  try {
    const store = createStore({ pool, keys: KEYS });
    await store.migrate();
    bench.say('refresh: on the embedded store');
    await addRecords(pool, MINE, RECORDS);
    await timed(store);
    // ms between two looks
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const took = await timed(store);
    delay.disable();
    return {
      subject: `refresh of ${DAYS} days, ${count(RECORDS)} records, embedded: delay of the event loop`,
      jobs: `p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms, longest ${(delay.max / 1e6).toFixed(0)} ms, in ${took.toFixed(0)} ms`,
      goal: `p99 under ${DELAY_GOAL} ms`,
    };
  } finally {
    await close();
  }
}
