/** The behaviour suite on one Redis. */
import type {} from '@bizinsights/test-servers';
import { inject } from 'vitest';
import { describeBehaviour } from '../testing/behaviour/index.js';
import { createRedisEngine } from './redis.js';
import { parseRedisUrl } from './redis-connection.js';

describeBehaviour('Redis', async () => ({
  engine: () =>
    createRedisEngine(parseRedisUrl(inject('redisUrl')), {
      prefix: 'behaviour',
      onError: () => undefined,
    }),
  close: async () => undefined,
}));
