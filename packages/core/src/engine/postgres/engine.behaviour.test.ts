/** The behaviour suite on a PostgreSQL server, in a database of its own. */
import { createDatabase } from '@bizinsights/test-servers';
import { createPostgresBackend, type PgPool } from 'bullmq';
import pg from 'pg';
import { inject } from 'vitest';
import { describePlainBullMq } from '../../testing/behaviour/adding/plain-bullmq.js';
import { describeBehaviour } from '../../testing/behaviour/index.js';
import { createPostgresEngine } from './engine.js';
import { postgresTarget } from './target.js';

let pool: pg.Pool;

describeBehaviour(
  'PostgreSQL',
  async () => {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    pool = new pg.Pool({ connectionString: url, options: '-c search_path=bullmq' });
    return {
      engine: () => createPostgresEngine(postgresTarget(url), { prefix: 'behaviour', onError: () => undefined }),
      async close() {
        await pool.end();
        await drop();
      },
    };
  },
  {
    'plain BullMQ': (bed) =>
      describePlainBullMq(bed, () => ({
        connection: pool as PgPool,
        backend: createPostgresBackend,
        prefix: () => 'behaviour',
      })),
  },
);
