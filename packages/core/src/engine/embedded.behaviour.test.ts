/** The behaviour suite on the embedded store: one folder, which stays open for the whole file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeBehaviour } from '../testing/behaviour/index.js';
import { openEmbedded } from './embedded.js';
import { createPostgresEngine } from './postgres.js';
import { embeddedTarget } from './sql-target.js';

describeBehaviour('embedded', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'behaviour-'));
  const kept = await openEmbedded({ dir });
  return {
    engine: () =>
      createPostgresEngine(embeddedTarget(`file:${dir}`), { prefix: 'behaviour', onError: () => undefined }),
    async close() {
      await kept.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
});
