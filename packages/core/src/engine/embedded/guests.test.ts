import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEmbedded } from './engine.js';
import { guestFolder, guestSocket } from './guest.js';

// Windows has no such sockets: there the command line says which process to ask.
describe.skipIf(process.platform === 'win32')('a guest of an open folder', () => {
  const dir = mkdtempSync(join(tmpdir(), 'guests-'));
  let store: Awaited<ReturnType<typeof openEmbedded>>;
  beforeAll(async () => {
    store = await openEmbedded({ dir });
    await store.pool.query('CREATE TABLE numbers (n integer PRIMARY KEY)');
  });
  afterAll(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });
  const clients: pg.Client[] = [];
  beforeEach(() => store.pool.query('DELETE FROM numbers'));
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.end())));

  async function enter(): Promise<pg.Client> {
    const client = new pg.Client({ host: guestFolder(store.dir), port: 5432, user: 'postgres', database: 'postgres' });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  }
  const count = async () =>
    (await store.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM numbers')).rows[0]?.n;

  it('reads and writes, and is notified', async () => {
    const guest = await enter();
    await guest.query('INSERT INTO numbers VALUES (1)');
    expect(await count()).toBe(1);
    await guest.query('LISTEN news');
    const notified = once(guest, 'notification');
    await store.pool.query("NOTIFY news, 'spring'");
    expect(await notified).toMatchObject([{ payload: 'spring' }]);
  });

  it('is of the same user: the folder of the socket is closed to all others', () => {
    expect(statSync(guestFolder(store.dir)).mode & 0o777).toBe(0o700);
    expect(statSync(guestSocket(store.dir)).isSocket()).toBe(true);
  });

  it('that dies within a transaction leaves nothing behind, and blocks no other connection', async () => {
    const program = `
      import pg from ${JSON.stringify(import.meta.resolve('pg'))};
      const guest = new pg.Client(${JSON.stringify({ host: guestFolder(store.dir), port: 5432, user: 'postgres', database: 'postgres' })});
      await guest.connect();
      await guest.query('BEGIN; INSERT INTO numbers VALUES (2)');
      process.kill(process.pid, 'SIGKILL');`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    await expect(run).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(await count()).toBe(0);
  });

  it('that speaks another protocol is disconnected, and the store works', async () => {
    const socket = connect(guestSocket(store.dir));
    socket.on('error', () => undefined);
    socket.end('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'close');
    expect(await count()).toBe(0);
  });

  it('is disconnected when the folder is closed, which removes the socket', async () => {
    const guest = await enter();
    const ended = new Promise((resolve) => guest.once('end', resolve));
    await store.close();
    await ended;
    clients.length = 0;
    expect(() => statSync(guestFolder(dir))).toThrow('ENOENT');
    store = await openEmbedded({ dir });
    await (await enter()).query('SELECT 1');
  });
});
