/** Records into PostgreSQL: many a statement beside one a statement, and the memory of a long sync. */
import { createDatabase, startPostgres } from '@bizinsights/test-servers';
import { bundleTask, runTask } from '../../data-sync/run-task.js';
import type { SyncAnswer, SyncTask } from '../../data-sync/task.js';
import { quantile } from '../../statistics.js';
import type { Subject } from '../../subject.js';
import { count, megabytes, type Row } from '../../table.js';

/** As many as a page of Shopify has. */
const PAGE = 250;
const SPEED_GOAL = 10;

/** Between the first tenth and the end: what is kept of each record would show as more. Bytes. */
const ALLOWED_GROWTH = 40 * 2 ** 20;

type Checkpoint = Extract<SyncAnswer, { checkpoint: unknown }>['checkpoint'];

/** Records a second of both sides. */
interface Pair {
  readonly batch: number;
  readonly rows: number;
}

export const dataSync: Subject = {
  name: 'data-sync',
  about: 'records into PostgreSQL beside row-by-row upserts, and the memory of a sync of 1,000,000 of them',
  async run(bench) {
    const program = await bundleTask('sync-process');
    const postgres = await startPostgres({ isDurable: true });
    const run = async (task: Pick<SyncTask, 'kind' | 'records'>, onCheckpoint = (_: Checkpoint) => {}) => {
      await bench.flush();
      const { url, drop } = await createDatabase(postgres.url);
      const rest = {
        databaseUrl: url,
        redisUrl: bench.redis.url,
        page: PAGE,
        checkpoint: Math.ceil(task.records / 10),
      };
      try {
        const answer = await runTask<SyncAnswer>(program, { ...rest, ...task } satisfies SyncTask, (given) => {
          if ('checkpoint' in given) onCheckpoint(given.checkpoint);
        });
        if ('checkpoint' in answer || answer.rows !== task.records) throw new Error('Not all records are there');
        return answer;
      } finally {
        await drop();
      }
    };
    try {
      const records = bench.size(20_000, 5_000);
      const rounds = bench.size(5, 2);
      const speed = async (kind: SyncTask['kind']) => (records / (await run({ kind, records })).ms) * 1_000;
      const compare = async (kind: 'rows' | 'rows-transaction') => {
        bench.say(`data-sync: ${rounds} rounds of ${count(records)} records, and ${kind}`);
        const pairs: Pair[] = [];
        for (let round = 0; round < rounds; round++) {
          const first = await speed(round % 2 === 0 ? 'batch' : kind);
          const second = await speed(round % 2 === 0 ? kind : 'batch');
          pairs.push(round % 2 === 0 ? { batch: first, rows: second } : { batch: second, rows: first });
        }
        return pairs;
      };
      const rows = await compare('rows');
      const transactions = await compare('rows-transaction');

      const many = bench.size(1_000_000, 100_000);
      bench.say(`data-sync: one sync of ${count(many)} records`);
      const resident: number[] = [];
      const whole = await run({ kind: 'sync', records: many }, (checkpoint) => {
        bench.say(`  ${count(checkpoint.records)} records: resident ${megabytes(checkpoint.resident)} MB`);
        resident.push(checkpoint.resident);
      });
      // In a quick run the garbage has not been collected yet.
      if (!bench.quick) checkGrowth(resident);
      return [
        speedRow('row by row', rows, SPEED_GOAL),
        speedRow('row by row, prepared, a transaction a page', transactions),
        memoryRow(many, whole, resident),
      ];
    } finally {
      await postgres.stop();
    }
  },
};

function checkGrowth(resident: readonly number[]): void {
  const [first = 0, last = 0] = [resident[0], resident.at(-1)];
  if (last - first > ALLOWED_GROWTH) throw new Error(`It grew from ${megabytes(first)} to ${megabytes(last)} MB`);
}

function speedRow(other: string, pairs: readonly Pair[], goal?: number): Row {
  const median = (values: readonly number[]) => quantile(values, 0.5);
  const ratios = pairs.map(({ batch, rows }) => batch / rows);
  const [low, high] = [0.25, 0.75].map((share) => quantile(ratios, share).toFixed(1));
  return {
    subject: `orders into PostgreSQL, pages of ${PAGE}`,
    jobs: `${count(median(pairs.map(({ batch }) => batch)))}/s`,
    plain: `${other}: ${count(median(pairs.map(({ rows }) => rows)))}/s`,
    ratio: `${median(ratios).toFixed(1)} (${low} to ${high})`,
    ...(goal === undefined ? {} : { goal: `at least ${goal.toFixed(1)}` }),
  };
}

function memoryRow(
  records: number,
  { ms, peak }: { readonly ms: number; readonly peak: number },
  resident: readonly number[],
): Row {
  const [first = 0, last = 0] = [resident[0], resident.at(-1)];
  return {
    subject: `sync of ${count(records)} orders, one job`,
    jobs:
      `${count((records / ms) * 1_000)}/s; resident ${megabytes(first)} MB after a tenth, ` +
      `${megabytes(last)} MB at the end, ${megabytes(peak)} MB at most`,
    goal: 'under 200 MB, flat',
  };
}
