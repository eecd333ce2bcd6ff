/** A Redis, its replica, and the Sentinel that knows which of them is the master. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedis } from './install.js';
import { freePort } from './ports.js';
import { removeFolder, startServer, untilReady } from './process.js';
import { type RedisServer, startRedis } from './redis.js';

export interface RedisSentinelServer {
  /** `redis-sentinel://host:port/name` */
  readonly url: string;
  /** At first. */
  readonly master: RedisServer;
  /** Becomes the master a second or two after the first one is gone. */
  readonly replica: RedisServer;
  stop(): Promise<void>;
}

export async function startRedisSentinel(): Promise<RedisSentinelServer> {
  const master = await startRedis();
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
  const dir = mkdtempSync(join(tmpdir(), 'bizinsights-sentinel-'));
  const port = await freePort();
  const config = join(dir, 'sentinel.conf');
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds mymaster 1000',
    'sentinel failover-timeout mymaster 3000',
  ];
  writeFileSync(config, `${settings.join('\n')}\n`);
  const server = startServer({ command: ensureRedis(), args: [config, '--sentinel'], dir });
  await untilReady(server, `sentinel on port ${port}`, () => listens(port));
  return {
    url: `redis-sentinel://127.0.0.1:${port}/mymaster`,
    master,
    replica,
    async stop() {
      await server.end('SIGKILL');
      await Promise.all([master.stop(), replica.stop()]);
      removeFolder(dir);
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
