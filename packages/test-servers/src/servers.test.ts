import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createDatabase,
  ensureChromium,
  ensureRedis,
  startPostgres,
  startProxy,
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

  it('changes its roles when its Sentinel is told to', async () => {
    const sentinel = later(await startRedisSentinel());
    expect(await sentinel.currentMaster()).toBe(sentinel.master);
    await sentinel.failOver();
    await expect.poll(() => sentinel.currentMaster()).toBe(sentinel.replica);
    await expect.poll(() => sentinel.replica.command('ROLE')).toContain('master');
  });

  it('puts a replica in the place of a master that is killed, and knows both when it is back', async () => {
    const sentinel = later(await startRedisSentinel());
    await sentinel.killMaster();
    expect(await sentinel.currentMaster()).toBe(sentinel.replica);
    await sentinel.master.start(['--replicaof', '127.0.0.1', String(sentinel.replica.port)]);
    await expect.poll(() => sentinel.failOver().then(() => sentinel.currentMaster())).toBe(sentinel.master);
  });

  it('puts a replica in the place of a master of a cluster that is killed', async () => {
    const cluster = later(await startRedisCluster({ replicas: true, nodeTimeout: 1_000 }));
    const [master] = await cluster.masters();
    await master?.kill();
    await expect.poll(() => cluster.masters()).toHaveLength(3);
    await master?.start();
    await cluster.healthy();
    expect(await cluster.replicas()).toContain(master);
  });

  it('moves a slot of a cluster with its keys', async () => {
    const cluster = later(await startRedisCluster());
    const [first, second] = cluster.nodes;
    // CLUSTER KEYSLOT foo is 12182, CLUSTER KEYSLOT {b} is 3300.
    for (const key of ['{b}1', '{b}2']) expect(await first?.command('SET', key, 'kept')).toBe('+OK\r\n');
    if (second) await cluster.moveSlot(3_300, second);
    expect(await second?.command('GET', '{b}2')).toBe('$4\r\nkept\r\n');
    expect(await first?.command('GET', '{b}2')).toContain('MOVED 3300');
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

  it('says how to install Chromium where that cannot be done, and finds Chrome under its other names', () => {
    expect(() => ensureChromium({ path: '/nowhere', isRoot: false, say: () => {} })).toThrow(
      /^The tests need chromium, .* sudo apt-get install -y --no-install-recommends chromium fonts-dejavu-core$/,
    );
    const folder = mkdtempSync(join(tmpdir(), 'chrome-'));
    try {
      const chrome = join(folder, 'google-chrome');
      writeFileSync(chrome, '#!/bin/sh\n', { mode: 0o755 });
      expect(ensureChromium({ path: folder, isRoot: false, say: () => {} })).toBe(chrome);
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

describe('the proxy', () => {
  /** A server that says back what it hears, the proxy before it, and a client that keeps what comes. */
  async function open() {
    const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const proxy = later(await startProxy((echo.address() as AddressInfo).port));
    stops.push(async () => void echo.close());
    const client = () => {
      const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
      stops.push(async () => void socket.destroy());
      const heard = { text: '' };
      socket.on('data', (bytes) => {
        heard.text += bytes;
      });
      return { socket, heard };
    };
    return { proxy, client };
  }
  const say = (socket: Socket, text: string) => new Promise((resolve) => socket.write(text, resolve));

  it('holds bytes back, and lets them go on', async () => {
    const { proxy, client } = await open();
    const { socket, heard } = client();
    await say(socket, 'a');
    await expect.poll(() => heard.text).toBe('a');
    proxy.pause();
    await say(socket, 'b');
    proxy.resume();
    await expect.poll(() => heard.text).toBe('ab');
  });

  it('brings bytes later, and in order', async () => {
    const { proxy, client } = await open();
    const { socket, heard } = client();
    proxy.delay(50);
    const start = performance.now();
    for (const letter of 'abc') await say(socket, letter);
    await expect.poll(() => heard.text).toBe('abc');
    expect(performance.now() - start).toBeGreaterThanOrEqual(49);
  });

  it('swallows what the connections of now say, and serves new ones', async () => {
    const { proxy, client } = await open();
    const old = client();
    await say(old.socket, 'a');
    await expect.poll(() => old.heard.text).toBe('a');
    proxy.swallow();
    await say(old.socket, 'b');
    const fresh = client();
    await say(fresh.socket, 'c');
    await expect.poll(() => fresh.heard.text).toBe('c');
    expect(old.heard.text).toBe('a');
    expect(old.socket.destroyed).toBe(false);
  });

  it('cuts connections', async () => {
    const { proxy, client } = await open();
    const { socket, heard } = client();
    await say(socket, 'a');
    await expect.poll(() => heard.text).toBe('a');
    proxy.cut();
    await expect.poll(() => socket.destroyed).toBe(true);
  });
});
