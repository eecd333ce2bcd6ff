import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createDatabase,
  ensureRedis,
  startPostgres,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
} from './index.js';

const stops: (() => Promise<void>)[] = [];
const later = <T extends { stop(): Promise<void> }>(server: T): T => {
  stops.push(() => server.stop());
  return server;
};
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

describe('Redis', () => {
  it('comes back after a kill with everything that it had acknowledged', async () => {
    const redis = later(await startRedis({ appendOnly: true }));
    expect(await redis.command('SET', 'kept', 'yes')).toBe('+OK\r\n');
    await redis.kill();
    await redis.start();
    expect(await redis.command('GET', 'kept')).toBe('$3\r\nyes\r\n');
  });

  it('asks for a password, and speaks TLS', async () => {
    const closed = later(await startRedis({ password: 'p@ss' }));
    expect(closed.url).toContain(':p%40ss@');
    expect(await closed.command('PING')).toContain('PONG');
    const tls = later(await startRedis({ tls: true }));
    expect(tls.url).toMatch(/^rediss:/);
    expect(await tls.command('PING')).toContain('PONG');
  });

  it('is found by its Sentinel', async () => {
    const sentinel = later(await startRedisSentinel());
    expect(sentinel.url).toMatch(/^redis-sentinel:\/\/127\.0\.0\.1:\d+\/mymaster$/);
  });

  it('makes a cluster of three masters', async () => {
    const cluster = later(await startRedisCluster());
    expect(cluster.nodes).toHaveLength(3);
    expect(await cluster.nodes[0]?.command('CLUSTER', 'SLOTS')).toContain('16383');
  });

  it('is installed by apt where it is missing and we are root, and that is said', () => {
    const folder = mkdtempSync(join(tmpdir(), 'apt-'));
    try {
      const asked = join(folder, 'asked');
      const server = join(folder, 'redis-server');
      const apt = `#!/bin/sh
echo "$@" >> ${asked}
if [ "$1" = install ]; then printf '#!/bin/sh\\n' > ${server}; chmod +x ${server}; fi
`;
      writeFileSync(join(folder, 'apt-get'), apt, { mode: 0o755 });
      const said: string[] = [];
      expect(ensureRedis({ path: folder, isRoot: true, say: (line) => said.push(line) })).toBe(server);
      expect(said.join()).toMatch(/redis-server is missing: installing it by "apt-get install/);
      expect(readFileSync(asked, 'utf8')).toBe('update -qq\ninstall -y -qq --no-install-recommends redis-server\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says how to install it where that cannot be done', () => {
    expect(() => ensureRedis({ path: '/nowhere', isRoot: false, say: () => {} })).toThrow(
      'apt-get install -y --no-install-recommends redis-server',
    );
  });
});

describe('PostgreSQL', () => {
  it('has databases of their own for tests, and comes back after a kill', async () => {
    const postgres = later(await startPostgres());
    const database = await createDatabase(postgres.url);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
    await postgres.kill();
    await postgres.start();
    await database.drop();
  });

  it('drops a database only when the connections of a pool that has ended are closed', async () => {
    const postgres = later(await startPostgres());
    const errors: Error[] = [];
    for (let round = 0; round < 10; round++) {
      const database = await createDatabase(postgres.url);
      const pool = new pg.Pool({ connectionString: database.url, max: 10 });
      pool.on('error', (error) => errors.push(error));
      await Promise.all(Array.from({ length: 10 }, () => pool.query('SELECT 1')));
      await pool.end();
      await database.drop();
    }
    expect(errors).toEqual([]);
  });
});
