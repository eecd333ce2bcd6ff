/** The behaviour suite on the embedded store: one folder, which stays open for the whole file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgresBackend, type PgPool } from 'bullmq';
import { describePlainBullMq } from '../../testing/behaviour/adding/plain-bullmq.js';
import { describeBehaviour } from '../../testing/behaviour/index.js';
import { createPostgresEngine } from '../postgres/engine.js';
import { embeddedTarget } from '../postgres/target.js';
import { type Embedded, openEmbedded } from './engine.js';

let embedded: Embedded;

describeBehaviour(
  'embedded',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'behaviour-'));
    embedded = await openEmbedded({ dir });
    return {
      engine: () =>
        createPostgresEngine(embeddedTarget(`file:${dir}`), { prefix: 'behaviour', onError: () => undefined }),
      async close() {
        await embedded.close();
        await rm(dir, { recursive: true, force: true });
      },
    };
  },
  {
    'plain BullMQ': (bed) =>
      describePlainBullMq(bed, () => ({
        connection: embedded.pool as PgPool,
        backend: createPostgresBackend,
        prefix: () => 'behaviour',
      })),
  },
);
