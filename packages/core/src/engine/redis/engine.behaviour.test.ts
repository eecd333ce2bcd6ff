/** The behaviour suite on one Redis. */
import type {} from '@bizinsights/test-servers';
import { createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { describePlainBullMq } from '../../testing/behaviour/adding/plain-bullmq.js';
import { describeBehaviour } from '../../testing/behaviour/index.js';
import { parseRedisUrl } from './connection/connection.js';
import { createRedisEngine } from './engine.js';

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
