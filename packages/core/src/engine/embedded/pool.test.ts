/** The pool of the embedded store behaves as one of a real server does: the same tests on both. */
import { createDatabase } from '@bizinsights/test-servers';
import pg, { type Pool, type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { openEmbedded } from './engine.js';

interface PoolUnderTest {
  readonly pool: Pool;
  close(): Promise<void>;
}

const POOLS: Readonly<Record<string, () => Promise<PoolUnderTest>>> = {
  async PostgreSQL() {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    const pool = new pg.Pool({ connectionString: url, max: 20 });
    return {
      pool,
      async close() {
        await pool.end();
        await drop();
      },
    };
  },
  embedded: () => openEmbedded({ dir: 'memory:' }),
};

describe.each(Object.keys(POOLS))('the pool of %s', (name) => {
  let pool: Pool;
  let close: () => Promise<void>;
  const clients = new Set<PoolClient>();
  const connect = async () => {
    const client = await pool.connect();
    clients.add(client);
    return client;
  };
  const release = (client: PoolClient, destroy?: boolean) => {
    clients.delete(client);
    client.release(destroy);
  };
  const first = async (text: string, values?: unknown[]) => (await pool.query(text, values)).rows[0];
  const failure = (query: Promise<unknown>) =>
    query.then(
      () => undefined,
      ({ code, severity, constraint, table, detail, position, name: kind }) => ({
        code,
        severity,
        constraint,
        table,
        detail,
        position,
        kind,
      }),
    );

  beforeAll(async () => {
    const opened = await POOLS[name]?.();
    if (!opened) throw new Error(`no pool ${name}`);
    ({ pool } = opened);
    close = () => opened.close();
    await pool.query('CREATE TABLE account (id integer PRIMARY KEY, owner text UNIQUE, balance numeric DEFAULT 0)');
  });
  afterEach(async () => {
    for (const client of [...clients]) release(client, true);
    await pool.query('DELETE FROM account');
  });
  afterAll(() => close());

  it('answers rows, fields, the command and how many rows it was about', async () => {
    const added = await pool.query("INSERT INTO account VALUES (1, 'ann', 10), (2, 'bob', 20) RETURNING id");
    expect([added.command, added.rowCount, added.rows]).toEqual(['INSERT', 2, [{ id: 1 }, { id: 2 }]]);
    expect(added.fields.map(({ name: field, dataTypeID }) => [field, dataTypeID])).toEqual([['id', 23]]);
    const changed = await pool.query('UPDATE account SET balance = balance + $1 WHERE balance < $2', [1, 15]);
    expect([changed.command, changed.rowCount, changed.rows]).toEqual(['UPDATE', 1, []]);
    const found = await pool.query({ text: 'SELECT id, owner FROM account ORDER BY id', rowMode: 'array' });
    expect([found.command, found.rowCount, found.rows]).toEqual([
      'SELECT',
      2,
      [
        [1, 'ann'],
        [2, 'bob'],
      ],
    ]);
    expect((await pool.query('DELETE FROM account')).rowCount).toBe(2);
    expect((await pool.query('')).rows).toEqual([]);
  });

  it('answers each statement of a text with several', async () => {
    const answers: unknown = await pool.query(
      "SELECT 1 AS one; INSERT INTO account VALUES (1, 'ann'); SELECT 'x' AS two",
    );
    if (!Array.isArray(answers)) throw new Error('not a list');
    expect(answers.map(({ command, rows }) => [command, rows])).toEqual([
      ['SELECT', [{ one: 1 }]],
      ['INSERT', []],
      ['SELECT', [{ two: 'x' }]],
    ]);
    // One that fails takes the others back.
    expect(await failure(pool.query("INSERT INTO account VALUES (2, 'bob'); SELECT 1 / 0"))).toMatchObject({
      code: '22012',
    });
    expect(await first('SELECT count(*)::integer AS n FROM account')).toEqual({ n: 1 });
  });

  it('takes and gives values of the usual types', async () => {
    const date = new Date('2026-03-29T01:30:00.123Z');
    const values = {
      int: [2_147_483_647, 'int4'],
      bigint: ['9007199254740993', 'int8'],
      numeric: ['12345678901234567890.123', 'numeric'],
      float: [0.1, 'float8'],
      yes: [true, 'boolean'],
      text: ['Zoë 日本 👩‍👩‍👧 "quotes" \\ \n', 'text'],
      empty: ['', 'text'],
      nothing: [null, 'text'],
      bytes: [Buffer.from([0, 1, 39, 92, 255]), 'bytea'],
      at: [date, 'timestamptz'],
      json: [{ a: [1, { b: null }], text: 'é' }, 'jsonb'],
      words: [['a', 'b,c', '"d"', '{e}', ''], 'text[]'],
      numbers: [[1, 2, 3], 'int[]'],
      uuid: ['6f9619ff-8b86-d011-b42d-00c04fc964ff', 'uuid'],
    } as const;
    const columns = Object.entries(values).map(([column, [, type]], index) => `$${index + 1}::${type} AS ${column}`);
    const row = await first(
      `SELECT ${columns.join(', ')}`,
      Object.values(values).map(([value]) => value),
    );
    expect(row).toEqual(Object.fromEntries(Object.entries(values).map(([column, [value]]) => [column, value])));
    // What the driver turns into a text by itself.
    expect(await first('SELECT $1::int8 AS n, $2::text AS gone', [123n, undefined])).toEqual({ n: '123', gone: null });
    expect(await first('SELECT $1::jsonb AS list', [JSON.stringify([1, 2])])).toEqual({ list: [1, 2] });
    expect(await first("SELECT '2026-02-28'::date::text AS day, 1.5::float4 AS f, now() AS at")).toEqual({
      day: '2026-02-28',
      f: 1.5,
      at: expect.any(Date),
    });
  });

  it('fails with the code and the details of the server, and goes on', async () => {
    await pool.query("INSERT INTO account VALUES (1, 'ann')");
    expect(await failure(pool.query("INSERT INTO account VALUES (2, 'ann')"))).toEqual({
      code: '23505',
      severity: 'ERROR',
      constraint: 'account_owner_key',
      table: 'account',
      detail: 'Key (owner)=(ann) already exists.',
      position: undefined,
      kind: 'error',
    });
    expect(await failure(pool.query('SELEC 1'))).toMatchObject({ code: '42601', position: '1' });
    expect(await failure(pool.query('SELECT * FROM nowhere WHERE id = $1', [1]))).toMatchObject({ code: '42P01' });
    expect(await failure(pool.query('SELECT $1::int', ['x']))).toMatchObject({ code: '22P02' });
    const raised = "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'BM001', DETAIL = '-6'; END $$";
    expect(await failure(pool.query(raised))).toMatchObject({ code: 'BM001', detail: '-6' });
    expect(await first('SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it('refuses the character NUL', async () => {
    expect(await failure(pool.query('SELECT $1::text', ['a\0b']))).toMatchObject({ code: '22021' });
    expect(await failure(pool.query('SELECT $1::jsonb', [JSON.stringify('a\0b')]))).toMatchObject({ code: '22P05' });
    expect(await first('SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it('commits, rolls back, and goes back to a savepoint', async () => {
    const client = await connect();
    await client.query('BEGIN');
    await client.query("INSERT INTO account VALUES (1, 'ann')");
    await client.query('SAVEPOINT before_bob');
    await client.query("INSERT INTO account VALUES (2, 'bob')");
    await client.query('ROLLBACK TO before_bob');
    await client.query('COMMIT');
    await client.query('BEGIN');
    await client.query('DELETE FROM account');
    await client.query('ROLLBACK');
    expect((await pool.query('SELECT owner FROM account')).rows).toEqual([{ owner: 'ann' }]);
  });

  it('does nothing more in a failed transaction, and rolls it back at its COMMIT', async () => {
    const client = await connect();
    await client.query('BEGIN');
    await client.query("INSERT INTO account VALUES (1, 'ann')");
    expect(await failure(client.query('SELECT 1 / $1::int', [0]))).toMatchObject({ code: '22012' });
    expect(await failure(client.query('SELECT 1'))).toMatchObject({ code: '25P02' });
    expect((await client.query('COMMIT')).command).toBe('ROLLBACK');
    expect(await first('SELECT count(*)::integer AS n FROM account')).toEqual({ n: 0 });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('rolls back what a client had begun that is destroyed', async () => {
    const client = await connect();
    await client.query('BEGIN');
    await client.query("INSERT INTO account VALUES (1, 'ann')");
    release(client, true);
    // The same row: a real server lets it wait for the end of the first one.
    await pool.query("INSERT INTO account VALUES (1, 'bob')");
    expect(await first('SELECT owner FROM account')).toEqual({ owner: 'bob' });
  });

  it('sends notifications to all who listen, until they listen no more', async () => {
    const [ann, bob, eve] = [await connect(), await connect(), await connect()];
    const heard: string[] = [];
    for (const [who, client] of Object.entries({ ann, bob, eve })) {
      client.on('notification', ({ channel, payload }) => heard.push(`${who} ${channel} ${payload}`));
    }
    const hears = async (...expected: string[]) => {
      await expect.poll(() => heard.toSorted()).toEqual(expected.sort());
      heard.length = 0;
    };
    await ann.query('-- BullMQ says in a comment why\n/* and\n here too */ LISTEN news;\n');
    await bob.query('LISTEN news; LISTEN "Odd ""Name"');
    await pool.query("SELECT pg_notify('news', $1)", ['first']);
    await hears('ann news first', 'bob news first');
    await eve.query('NOTIFY news');
    await pool.query('SELECT pg_notify($1, $2)', ['Odd "Name', 'é']);
    await hears('ann news ', 'bob news ', 'bob Odd "Name é');
    // Also to oneself.
    await ann.query("NOTIFY NEWS, 'upper case is lower case'");
    await bob.query('UNLISTEN news');
    await hears('ann news upper case is lower case', 'bob news upper case is lower case');
    await pool.query("NOTIFY news, 'two'");
    await hears('ann news two');
    await ann.query('UNLISTEN *');
    await pool.query("NOTIFY news, 'none'");
    await pool.query(`NOTIFY "Odd ""Name", 'last'`);
    await hears('bob Odd "Name last');
  });

  it('sends notifications of a transaction, and takes its LISTEN, when it is committed', async () => {
    const [ann, bob] = [await connect(), await connect()];
    const heard: string[] = [];
    ann.on('notification', ({ payload }) => heard.push(payload ?? ''));
    await ann.query('BEGIN');
    await ann.query('LISTEN lost');
    await ann.query('ROLLBACK');
    await ann.query('BEGIN');
    await ann.query('LISTEN news');
    await ann.query('COMMIT');
    await bob.query("NOTIFY lost, 'nobody listens'");
    await bob.query('BEGIN');
    await bob.query("NOTIFY news, 'rolled back'");
    await bob.query('ROLLBACK');
    await bob.query('BEGIN');
    await bob.query("NOTIFY news, 'committed'");
    await bob.query('COMMIT');
    await expect.poll(() => heard).toEqual(['committed']);
  });

  it('keeps prepared statements of one name in two clients apart', async () => {
    const [ann, bob] = [await connect(), await connect()];
    const ask = (client: PoolClient, text: string) => client.query({ name: 'same', text, values: [2] });
    for (let times = 0; times < 2; times++) {
      expect((await ask(ann, 'SELECT $1::int + 1 AS n')).rows).toEqual([{ n: 3 }]);
      expect((await ask(bob, 'SELECT $1::int * 10 AS n')).rows).toEqual([{ n: 20 }]);
    }
    release(ann, true);
    const again = await connect();
    expect((await ask(again, "SELECT repeat('x', $1) AS n")).rows).toEqual([{ n: 'xx' }]);
    expect((await ask(bob, 'SELECT $1::int * 10 AS n')).rows).toEqual([{ n: 20 }]);
  });

  it('keeps the settings of two clients apart', async () => {
    const [ann, bob] = [await connect(), await connect()];
    const show = async (client: PoolClient, setting: string) =>
      (await client.query(`SHOW ${setting}`)).rows[0]?.[setting];
    const before = await show(bob, 'search_path');
    await ann.query('SET search_path TO pg_catalog, public');
    await ann.query("SELECT set_config('application_name', $1, false)", ['ann']);
    await bob.query("SET TIME ZONE 'Asia/Tokyo'; SET statement_timeout = 5000");
    expect(await show(bob, 'search_path')).toBe(before);
    expect(await show(bob, 'application_name')).not.toBe('ann');
    expect(await show(ann, 'search_path')).toBe('pg_catalog, public');
    expect(await show(ann, 'application_name')).toBe('ann');
    expect(await show(ann, 'TimeZone')).not.toBe('Asia/Tokyo');
    expect(await show(bob, 'statement_timeout')).toBe('5s');
    // A setting that is rolled back, or of one transaction only, is gone after it.
    await ann.query('BEGIN');
    await ann.query('SET search_path TO nowhere');
    await ann.query('ROLLBACK');
    await ann.query("BEGIN; SET LOCAL search_path TO nowhere; SELECT set_config('work_mem', '1MB', true); COMMIT");
    expect(await show(ann, 'search_path')).toBe('pg_catalog, public');
    expect(await show(ann, 'work_mem')).toBe('4MB');
    await ann.query('RESET search_path');
    expect(await show(ann, 'search_path')).toBe(before);
  });

  it('gives a hundred thousand rows, and takes a long text', async () => {
    const { rows } = await pool.query("SELECT n, 'row ' || n AS text FROM generate_series(1, 100000) AS n");
    expect(rows.length).toBe(100_000);
    expect(rows.at(-1)).toEqual({ n: 100_000, text: 'row 100000' });
    const long = 'é'.repeat(3_000_000);
    expect(await first('SELECT $1::text AS long, length($1) AS n', [long])).toEqual({ long, n: 3_000_000 });
  });

  it('answers many at once, each with its own', async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    const answers = await Promise.all(numbers.map((n) => first('SELECT $1::int AS n', [n])));
    expect(answers.map(({ n }) => n)).toEqual(numbers);
  });

  it('keeps no timer waiting while some have always something to ask', async () => {
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 20);
    const ask = async () => {
      for (let left = 2_000; left > 0 && !fired; left--) await pool.query('SELECT 1');
    };
    await Promise.all([ask(), ask(), ask()]);
    expect(fired).toBe(true);
  });

  it('tells of its clients as a pool does', async () => {
    const seen: string[] = [];
    for (const event of ['connect', 'acquire', 'release', 'remove'] as const) pool.on(event, () => seen.push(event));
    const total = pool.totalCount;
    const client = await connect();
    const other = await connect();
    release(client, true);
    await expect.poll(() => seen).toContain('remove');
    expect(pool.totalCount).toBeLessThanOrEqual(total + 1);
    const idle = pool.idleCount;
    release(other);
    expect(pool.idleCount).toBe(idle + 1);
    expect(seen.filter((event) => event === 'acquire' || event === 'release')).toHaveLength(4);
  });

  it('serves a client of its own class', async () => {
    const client = await connect();
    expect(client).toBeInstanceOf(pg.Client);
    await expect(client.query('SELECT current_schema() AS schema')).resolves.toMatchObject({
      rows: [{ schema: 'public' }],
    });
  });

  it('shows each connection in pg_stat_activity, by its name', async () => {
    const names = async () => {
      const text = `SELECT application_name AS name FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'worker %' ORDER BY 1`;
      // Prepared: from the second time on its text is not sent.
      return (await pool.query({ name: 'names', text })).rows.map((row) => row.name);
    };
    expect(await names()).toEqual([]);
    const [one, other] = [await connect(), await connect()];
    await one.query("SELECT set_config('application_name', 'worker 1', false)");
    await other.query("SET application_name = 'worker 2'");
    expect(await names()).toEqual(['worker 1', 'worker 2']);
    const { rows } = await one.query('SELECT pid, state FROM pg_stat_activity WHERE application_name = $1', [
      'worker 1',
    ]);
    expect(rows).toEqual([{ pid: 'processID' in one ? one.processID : undefined, state: 'active' }]);
    release(other, true);
    await expect.poll(() => names()).toEqual(['worker 1']);
  });
});
