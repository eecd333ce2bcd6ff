/** One Redis and the Sentinel that knows where it is. */
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
  readonly master: RedisServer;
  stop(): Promise<void>;
}

export async function startRedisSentinel(): Promise<RedisSentinelServer> {
  const master = await startRedis();
  const dir = mkdtempSync(join(tmpdir(), 'bizinsights-sentinel-'));
  const port = await freePort();
  const config = join(dir, 'sentinel.conf');
  writeFileSync(
    config,
    `port ${port}\nbind 127.0.0.1\ndir ${dir}\nsentinel monitor mymaster 127.0.0.1 ${master.port} 1\n`,
  );
  const server = startServer({ command: ensureRedis(), args: [config, '--sentinel'], dir });
  await untilReady(server, `sentinel on port ${port}`, () => listens(port));
  return {
    url: `redis-sentinel://127.0.0.1:${port}/mymaster`,
    master,
    async stop() {
      await server.end('SIGKILL');
      await master.stop();
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
