/** The behaviour suite on a Redis Cluster of three nodes. */
import type {} from '@bizinsights/test-servers';
import { inject } from 'vitest';
import { describeBehaviour } from '../testing/behaviour/index.js';
import { createRedisEngine } from './redis.js';
import { parseRedisUrl } from './redis-connection.js';

describeBehaviour('Redis Cluster', async () => ({
  engine: () =>
    createRedisEngine(parseRedisUrl(inject('redisClusterUrl')), { prefix: 'behaviour', onError: () => undefined }),
  close: async () => undefined,
}));
