/** Starts one Redis, one Redis Cluster and one PostgreSQL for all test files, and tells the files where they are. */
// The module that is added to below has to be in the program, also in that of a package that does not use vitest.
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.js';
import { startRedis } from './redis.js';
import { startRedisCluster } from './redis-cluster.js';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
    redisClusterUrl: string;
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [redis, cluster, postgres] = await Promise.all([startRedis(), startRedisCluster(), startPostgres()]);
  project.provide('redisUrl', redis.url);
  project.provide('redisClusterUrl', cluster.url);
  project.provide('postgresUrl', postgres.url);
  return async () => {
    await Promise.all([redis.stop(), cluster.stop(), postgres.stop()]);
  };
}
