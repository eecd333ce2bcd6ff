/** The behaviour suite on a PostgreSQL server, in a database of its own. */
import { createDatabase } from '@bizinsights/test-servers';
import { inject } from 'vitest';
import { describeBehaviour } from '../testing/behaviour/index.js';
import { createPostgresEngine } from './postgres.js';
import { postgresTarget } from './sql-target.js';

describeBehaviour('PostgreSQL', async () => {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  return {
    engine: () => createPostgresEngine(postgresTarget(url), { prefix: 'behaviour', onError: () => undefined }),
    close: drop,
  };
});
