/** Real servers on free ports, for tests and benchmarks. Each is stopped when the process ends, however it ends. */
export { ensureChromium, ensureRedis, findPostgres, findProgram } from './install.js';
export { ensureNode, NODE_VERSIONS } from './install-node.js';
export { loopTimeOf, startLoopClock } from './loop-clock.js';
export { freePort } from './ports.js';
export { createDatabase, type PostgresServer, startPostgres } from './postgres.js';
export { removeFolder, type ServerProcess, startServer, untilReady } from './process.js';
export { type FaultyProxy, startProxy } from './proxy.js';
export { type RedisOptions, type RedisServer, startRedis } from './redis.js';
export { type RedisClusterOptions, type RedisClusterServer, startRedisCluster } from './redis-cluster.js';
export { type RedisSentinelServer, startRedisSentinel } from './redis-sentinel.js';
// Tells the compiler what `inject` of vitest gives in this repository's tests.
export type {} from './vitest-setup.js';
