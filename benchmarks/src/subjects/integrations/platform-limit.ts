/** Whether a sync waits for the platform or for us: its requests a second with the platform's limit, and without it. */
import { platforms } from '@bizinsights/jobs-platforms';
import { startSandbox } from '@bizinsights/jobs-sandbox';
import { createDatabase, startPostgres } from '@bizinsights/test-servers';
import type { LimitAnswer, LimitTask } from '../../data-sync/limit-task.js';
import { bundleTask, runTask } from '../../data-sync/run-task.js';
import { quantile } from '../../statistics.js';
import type { Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';

const IDS = ['stripe', 'woocommerce'] as const;

interface Run extends LimitAnswer {
  readonly requests: number;
}

export const platformLimit: Subject = {
  name: 'platform-limit',
  about: 'a sync over HTTP from the sandbox into PostgreSQL, with the limits of the platforms and without them',
  async run(bench) {
    const program = await bundleTask('limit-process');
    const postgres = await startPostgres({ isDurable: true });
    const sandbox = await startSandbox({ platforms: IDS, days: 90, ordersPerDay: bench.size(60, 20) });
    const sync = async (platform: LimitTask['platform'], isLimited: boolean): Promise<Run> => {
      await bench.flush();
      const { url: databaseUrl, drop } = await createDatabase(postgres.url);
      const { [platform]: server, baseUrls } = sandbox;
      const before = server.requests.length;
      const task: LimitTask = {
        ...{ platform, baseUrls, isLimited, databaseUrl, redisUrl: bench.redis.url },
        credentials: { ...server.credentials },
      };
      try {
        const answer = await runTask<LimitAnswer>(program, task);
        return { ...answer, requests: server.requests.length - before };
      } finally {
        await drop();
      }
    };
    try {
      const rows: Row[] = [];
      for (const id of IDS) {
        bench.say(`platform-limit: ${id}`);
        const limited = await sync(id, true);
        const free: Run[] = [];
        for (let round = 0; round < bench.size(5, 1); round++) free.push(await sync(id, false));
        rows.push(toRow(id, limited, free));
      }
      return rows;
    } finally {
      await sandbox.close();
      await postgres.stop();
    }
  },
};

function toRow(id: (typeof IDS)[number], limited: Run, free: readonly Run[]): Row {
  const { name, budget } = platforms[id];
  const perSecond = ({ requests, ms }: Run) => (requests / ms) * 1_000;
  const allowed = (budget.requests / budget.per) * 1_000;
  const without = quantile(free.map(perSecond), 0.5);
  const records = quantile(
    free.map((run) => (run.records / run.ms) * 1_000),
    0.5,
  );
  return {
    subject: `${name} over HTTP into PostgreSQL, ${count(limited.records)} records`,
    jobs:
      `${perSecond(limited).toFixed(1)} requests/s of ${allowed} allowed; ` +
      `without the limit ${count(without)}, ${count(records)} records/s`,
    ratio: `${(without / allowed).toFixed(1)} of the limit`,
    goal: 'the limit is the bound',
  };
}
