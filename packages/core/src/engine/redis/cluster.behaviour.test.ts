/** The behaviour suite on a Redis Cluster of three nodes. */
import type {} from '@bizinsights/test-servers';
import { createRedisBackend } from 'bullmq';
import { Cluster } from 'ioredis';
import { inject } from 'vitest';
import { describePlainBullMq } from '../../testing/behaviour/adding/plain-bullmq.js';
import { describeBehaviour } from '../../testing/behaviour/index.js';
import { parseRedisUrl } from './connection/connection.js';
import { createRedisEngine } from './engine.js';

const PREFIX = 'behaviour';
let connection: Cluster;

describeBehaviour(
  'Redis Cluster',
  async () => {
    const url = inject('redisClusterUrl');
    const nodes = url.replace('redis-cluster://', '').split(',');
    connection = new Cluster(
      nodes.map((node) => `redis://${node}`),
      { redisOptions: { maxRetriesPerRequest: null } },
    );
    return {
      engine: () => createRedisEngine(parseRedisUrl(url), { prefix: PREFIX, onError: () => undefined }),
      close: async () => connection.disconnect(),
    };
  },
  {
    'plain BullMQ': (bed) =>
      describePlainBullMq(bed, () => ({
        connection,
        backend: createRedisBackend,
        // Every queue in a hash slot of its own.
        prefix: (queue) => `${PREFIX}:{${queue}}`,
      })),
  },
);
