/** The behaviour suite on the older major of ioredis, from which an instance of the host makes all connections. */
import type {} from '@bizinsights/test-servers';
import { Redis } from 'ioredis5';
import { inject } from 'vitest';
import { describeBehaviour } from '../../testing/behaviour/index.js';
import { fromInstance } from './connection/connection.js';
import { createRedisEngine } from './engine.js';

describeBehaviour('Redis with ioredis 5', async () => {
  const connection = new Redis(inject('redisUrl'), { lazyConnect: true });
  return {
    engine: () => createRedisEngine(fromInstance(connection), { prefix: 'behaviour5', onError: () => undefined }),
    close: async () => connection.disconnect(),
  };
});
