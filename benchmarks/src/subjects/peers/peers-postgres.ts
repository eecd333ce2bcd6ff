/** pg-boss and graphile-worker on one PostgreSQL, all on the Node that these two need. */
import { createDatabase, startPostgres } from '@bizinsights/test-servers';
import pg from 'pg';
import { bundleSide } from '../../bundle-side.js';
import type { Contestant } from '../../contestant.js';
import { addingTasks, comparePeers, nodeOf, processingTasks } from '../../peers.js';
import type { Subject } from '../../subject.js';

const NODE = 24;
const SIDES = ['jobs', 'pg-boss', 'graphile-worker'] as const;

export const peersPostgres: Subject = {
  name: 'peers-postgres',
  about: `pg-boss and graphile-worker on one PostgreSQL under Node ${NODE}: adding and running jobs`,
  async run(bench) {
    const node = await nodeOf(NODE);
    const program = await bundleSide('benchmarks');
    const postgres = await startPostgres();
    try {
      const places: { readonly name: string; readonly side: Contestant; readonly url: string }[] = [];
      for (const name of SIDES) {
        const { url } = await createDatabase(postgres.url);
        const side = await bench.open(name, { url }, name === 'jobs' ? { node } : { node, program });
        places.push({ name, side, url });
      }
      const [jobs, ...peers] = places;
      if (!jobs) throw new Error('There is no side');
      const rounds = bench.size(6, 2);
      const sizes = { oneByOne: 500, inFlight: 2_000, bulk: 10_000, processed: [500, 2_000] } as const;
      return await comparePeers(bench, {
        jobs: jobs.side,
        peers,
        tasks: [...addingTasks(sizes, rounds), ...processingTasks(sizes, rounds)],
        async clean() {
          for (const { side } of places) await side.run({ kind: 'clean' });
          for (const { url } of places) await vacuum(url);
        },
      });
    } finally {
      await bench.close();
      await postgres.stop();
    }
  },
};

/** What one side has removed costs the next round of none. */
async function vacuum(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}
