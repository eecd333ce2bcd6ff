/** The behaviour suite on one Redis. */
import type {} from '@bizinsights/test-servers';
import { createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { describeBehaviour } from '../testing/behaviour/index.js';
import { describePlainBullMq } from '../testing/behaviour/plain-bullmq.js';
import { createRedisEngine } from './redis.js';
import { parseRedisUrl } from './redis-connection.js';

const PREFIX = 'behaviour';
let connection: Redis;

describeBehaviour(
  'Redis',
  async () => {
    connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
    return {
      engine: () => createRedisEngine(parseRedisUrl(inject('redisUrl')), { prefix: PREFIX, onError: () => undefined }),
      close: async () => connection.disconnect(),
    };
  },
  {
    'plain BullMQ': (bed) =>
      describePlainBullMq(bed, () => ({ connection, backend: createRedisBackend, prefix: () => PREFIX })),
  },
);
