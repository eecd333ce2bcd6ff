/** Whatever is wrong with a store, no method of an engine rejects with an error of a driver. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, startPostgres, startRedis } from '@bizinsights/test-servers';
import pg from 'pg';
import { describe, expect, inject, it, type TestContext } from 'vitest';
import { EngineError, EngineUnavailableError, JobsError } from '../errors.js';
import type { ActiveJob, Engine, EngineQueue, EventFeed, ScheduleStore, Signals, StateStore } from './contract.js';
import { createMemoryEngine } from './memory/engine.js';
import { createPostgresEngine } from './postgres/engine.js';
import { embeddedTarget, postgresTarget } from './postgres/target.js';
import { parseRedisUrl } from './redis/connection/connection.js';
import { createRedisEngine } from './redis/engine.js';

/** What a caller waits at most: a few seconds, and what a busy machine adds. ms */
const SOON = 15_000;

const KEY = 'any';
const job = (id: string) => ({ id, data: { text: 'x'.repeat(100) }, options: {} });
const plan = { key: KEY, rhythm: { every: 60_000, offset: 0 }, data: {}, options: {}, at: 60_000 };
const schedule = { key: KEY, print: 'p', record: '{}', indexes: ['all'] };

/** One call of every method. A method that is new has to be put here: the compiler asks for it. */
type Calls<Part, Left extends keyof Part = never> = {
  [Method in Exclude<keyof Part, Left>]: (part: Part) => Promise<unknown>;
};

const QUEUE: Calls<EngineQueue, 'name' | 'close'> = {
  add: (queue) => queue.add(job('one')),
  addMany: (queue) => queue.addMany([{ ...job('two'), tenant: 'tenant' }, job('three')]),
  get: (queue) => queue.get('there'),
  state: (queue) => queue.state('there'),
  list: (queue) => queue.list('waiting', 0, -1, true),
  counts: (queue) => queue.counts(),
  ids: (queue) => queue.ids('waiting', 0, -1, true),
  getMany: (queue) => queue.getMany(['there', 'nobody']),
  texts: (queue) => queue.texts(['there']),
  sizes: (queue) => queue.sizes(['there', 'nobody']),
  waitingHeads: (queue) => queue.waitingHeads(),
  length: (queue) => queue.length('waiting'),
  pause: (queue) => queue.pause(),
  resume: (queue) => queue.resume(),
  empty: (queue) => queue.empty(),
  clean: (queue) => queue.clean('completed', 0, 10),
  retry: (queue) => queue.retry('there', 'failed'),
  retryMany: (queue) => queue.retryMany(['there', 'nobody'], 'failed'),
  promote: (queue) => queue.promote('late'),
  remove: (queue) => queue.remove('nobody'),
  logs: (queue) => queue.logs('there', 0, -1),
  waitForFinish: (queue) => queue.waitForFinish('there', 500),
  plannedRuns: (queue) => queue.plannedRuns([KEY]),
  planRuns: (queue) => queue.planRuns([plan]),
  refreshRuns: (queue) => queue.refreshRuns([plan]),
  unplanRuns: (queue) => queue.unplanRuns([KEY]),
};

const STATE: Calls<StateStore> = {
  get: (state) => state.get(KEY),
  getMany: (state) => state.getMany([KEY]),
  set: (state) => state.set(KEY, 'value', 1_000),
  delete: (state) => state.delete(KEY),
  exists: (state) => state.exists(KEY),
  deleteMatching: (state) => state.deleteMatching('an', '*'),
  setIfAbsent: (state) => state.setIfAbsent(KEY, 'value', 1_000),
  extendIfEqual: (state) => state.extendIfEqual(KEY, 'value', 1_000),
  deleteIfEqual: (state) => state.deleteIfEqual(KEY, 'value'),
  replaceIfEqual: (state) => state.replaceIfEqual(KEY, 'value', 'other', 1_000),
  fields: (state) => state.fields('map'),
  setField: (state) => state.setField('map', 'field', 'value', 1_000, false),
  deleteField: (state) => state.deleteField('map', 'field'),
  append: (state) => state.append('log', ['entry'], 10),
  entries: (state) => state.entries('log', 0, 10),
  oldestEntries: (state) => state.oldestEntries('log', 10),
  removeOldest: (state) => state.removeOldest('log', 1, 'entry'),
  takeSlot: (state) => state.takeSlot('slot', 'member', 1, 1_000),
};

const SCHEDULES: Calls<ScheduleStore> = {
  prints: (schedules) => schedules.prints([KEY]),
  records: (schedules) => schedules.records([KEY]),
  put: (schedules) => schedules.put([schedule]),
  settle: (schedules) => schedules.settle([schedule]),
  remove: (schedules) => schedules.remove([KEY]),
  keys: (schedules) => schedules.keys('all', undefined, 10),
  count: (schedules) => schedules.count('all'),
};

const SIGNALS: Calls<Signals> = {
  publish: (signals) => signals.publish('topic', 'message'),
  subscribe: async (signals) => (await signals.subscribe('topic', () => undefined))(),
};

const FEED: Calls<EventFeed> = {
  now: (feed) => feed.now(),
  page: (feed) => feed.page('r1'),
  follow: async (feed) => (await feed.follow('r1', () => undefined))(),
};

const ENGINE: Calls<
  Engine,
  | ('kind' | 'address' | 'queue' | 'events' | 'worker' | 'state' | 'signals' | 'schedules' | 'close')
  // These ask nothing of the store.
  | ('dataProblem' | 'onReconnect')
> = {
  ready: (engine) => engine.ready(),
  counts: (engine) => engine.counts(['work']),
  health: (engine) => engine.health(),
};

function outcomes<Part>(name: string, part: Part, calls: Record<string, (part: Part) => Promise<unknown>>) {
  return Object.entries(calls).map(async ([method, call]): Promise<[string, unknown]> => {
    const late = sleep(SOON, new Error('has not come to an end'), { ref: false });
    const error = await Promise.race([
      late,
      call(part).then(
        () => undefined,
        (thrown: unknown) => thrown,
      ),
    ]);
    return [`${name}.${method}`, error];
  });
}

/** What each method has rejected with. */
async function walk(engine: Engine): Promise<Map<string, unknown>> {
  const all = await Promise.all([
    ...outcomes('queue', engine.queue('work'), QUEUE),
    ...outcomes('state', engine.state, STATE),
    ...outcomes('schedules', engine.schedules, SCHEDULES),
    ...outcomes('signals', engine.signals, SIGNALS),
    ...outcomes(
      'events',
      engine.events(['work'], () => undefined),
      FEED,
    ),
    ...outcomes('engine', engine, ENGINE),
  ]);
  return new Map(all.filter(([, error]) => error !== undefined));
}

/** Those that are no errors of ours, as a reader sees them. */
function bare(errors: Map<string, unknown>): string[] {
  return [...errors].flatMap(([name, error]) => (error instanceof JobsError ? [] : [`${name}: ${String(error)}`]));
}

const of = (errors: Map<string, unknown>, Class: typeof EngineUnavailableError | typeof EngineError) =>
  [...errors].filter(([, error]) => error instanceof Class).map(([name]) => name);

/** What writes to any store. */
const WRITES = ['queue.add', 'queue.addMany', 'state.set', 'state.setField', 'state.append', 'schedules.put'];

/** Opens an engine with jobs in it. */
async function filled({ onTestFinished }: TestContext, engine: Engine): Promise<Engine> {
  onTestFinished(() => engine.close());
  const queue = engine.queue('work');
  await queue.addMany([job('there'), { ...job('late'), options: { delay: 600_000 } }]);
  await engine.state.setField('map', 'field', 'value', 60_000, false);
  await engine.state.append('log', ['entry'], 10);
  await engine.schedules.put([schedule]);
  return engine;
}

async function redis({ onTestFinished }: TestContext) {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const open = () => createRedisEngine(parseRedisUrl(server.url), { prefix: 'border', onError: () => undefined });
  return { server, open };
}

async function postgres({ onTestFinished }: TestContext) {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  onTestFinished(drop);
  const open = () => createPostgresEngine(postgresTarget(url), { prefix: 'border', onError: () => undefined });
  return { url, open };
}

async function execute(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Ends the connections of a database, so that those that follow have its new settings. */
const RECONNECT =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';

describe.concurrent('on Redis every method rejects with an error of ours', () => {
  it('when its memory is full', async (context) => {
    const { server, open } = await redis(context);
    const engine = await filled(context, open());
    await server.command('CONFIG', 'SET', 'maxmemory', '1mb');
    const fill = async () => {
      for (let n = 0; ; n++)
        if ((await server.command('SET', `fill-${n}`, 'x'.repeat(50_000))).startsWith('-OOM')) return;
    };
    await fill();
    const errors = await walk(engine);
    expect(bare(errors)).toEqual([]);
    expect(of(errors, EngineUnavailableError)).toEqual(expect.arrayContaining(WRITES));
    expect(String(errors.get('queue.add'))).toMatch(/refuses \(.*OOM.*memory is full/);
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    expect(await engine.queue('work').add(job('again'))).toBe('again');
  });

  it('when it is a replica that takes no writes', async (context) => {
    const [master, replica] = await Promise.all([redis(context), redis(context)]);
    const engine = await filled(context, replica.open());
    await replica.server.command('REPLICAOF', '127.0.0.1', String(master.server.port));
    const errors = await walk(engine);
    expect(bare(errors)).toEqual([]);
    expect(of(errors, EngineUnavailableError)).toEqual(expect.arrayContaining(WRITES));
    await replica.server.command('REPLICAOF', 'NO', 'ONE');
    await engine.state.set(KEY, 'value');
  });

  it('when its disk refuses, or too few replicas are there', async (context) => {
    const { server, open } = await redis(context);
    const engine = await filled(context, open());
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', '1');
    const errors = await walk(engine);
    expect(bare(errors)).toEqual([]);
    expect(of(errors, EngineUnavailableError)).toEqual(expect.arrayContaining(WRITES));
    expect(String(errors.get('state.set'))).toContain('replicas');
  });

  it('when the password or the permissions are wrong', async (context) => {
    const { server, open } = await redis(context);
    const engine = await filled(context, open());
    await server.command('ACL', 'SETUSER', 'default', '-set', '-evalsha', '-eval', '-subscribe');
    const errors = await walk(engine);
    expect(bare(errors)).toEqual([]);
    expect(of(errors, EngineUnavailableError)).toEqual(expect.arrayContaining(WRITES));
    await server.command('CONFIG', 'SET', 'requirepass', 'secret');
    const other = open();
    context.onTestFinished(() => other.close());
    const refused = await walk(other);
    expect(bare(refused)).toEqual([]);
    expect(String(refused.get('state.get'))).toContain('NOAUTH');
  });

  it('when it has gone', async (context) => {
    const { server, open } = await redis(context);
    const engine = await filled(context, open());
    await server.kill();
    const errors = await walk(engine);
    expect(bare(errors)).toEqual([]);
    expect(of(errors, EngineUnavailableError)).toEqual(
      expect.arrayContaining([...WRITES, 'state.get', 'queue.counts']),
    );
  });

  it('when somebody else has put other things at its keys', async (context) => {
    const { server, open } = await redis(context);
    const engine = await filled(context, open());
    const names = ['meta', 'wait', 'events', 'prioritized', 'delayed', 'active', 'id'];
    for (const name of names) await server.command('SET', `border:work:${name}`, 'text');
    for (const name of ['map', 'log', KEY]) {
      await server.command('DEL', `bizinsights:border:${name}`);
      await server.command('ZADD', `bizinsights:border:${name}`, '1', 'member');
    }
    const errors = await walk(engine);
    expect(bare(errors)).toEqual([]);
    expect(of(errors, EngineError)).toEqual(expect.arrayContaining(['queue.add', 'state.get', 'state.append']));
    expect(String(errors.get('state.get'))).toMatch(/EngineError: .*has refused an operation: WRONGTYPE/);
  });
});

describe.concurrent('on PostgreSQL every method rejects with an error of ours', () => {
  it('when it is read-only', async (context) => {
    const { url, open } = await postgres(context);
    const engine = await filled(context, open());
    const database = new URL(url).pathname.slice(1);
    await execute(url, `ALTER DATABASE ${database} SET default_transaction_read_only = on`, RECONNECT);
    const errors = await walk(engine);
    expect(bare(errors)).toEqual([]);
    expect(of(errors, EngineUnavailableError)).toEqual(expect.arrayContaining(WRITES));
    const other = open();
    context.onTestFinished(() => other.close());
    expect(bare(await walk(other))).toEqual([]);
  });

  it('when it has no time left for a statement', async (context) => {
    const { url, open } = await postgres(context);
    const engine = await filled(context, open());
    const database = new URL(url).pathname.slice(1);
    await execute(url, `ALTER DATABASE ${database} SET statement_timeout = 1`, RECONNECT);
    expect(bare(await walk(engine))).toEqual([]);
  });

  it('when it has gone', async (context) => {
    const server = await startPostgres();
    context.onTestFinished(() => server.stop());
    const engine = await filled(
      context,
      createPostgresEngine(postgresTarget(server.url), { prefix: 'border', onError: () => undefined }),
    );
    await server.kill();
    const errors = await walk(engine);
    expect(bare(errors)).toEqual([]);
    expect(of(errors, EngineUnavailableError)).toEqual(
      expect.arrayContaining([...WRITES, 'state.get', 'queue.counts']),
    );
  });

  it('when somebody has taken its tables away', async (context) => {
    const { url, open } = await postgres(context);
    const engine = await filled(context, open());
    await execute(url, 'DROP SCHEMA bizinsights_jobs CASCADE', 'DROP SCHEMA bullmq CASCADE');
    const errors = await walk(engine);
    expect(bare(errors)).toEqual([]);
    expect(of(errors, EngineError)).toEqual(expect.arrayContaining(WRITES));
  });
});

describe('an engine that has been closed', () => {
  const options = { prefix: 'border', onError: () => undefined };
  it.each([
    ['Redis', () => createRedisEngine(parseRedisUrl(inject('redisUrl')), options)],
    ['PostgreSQL', () => createPostgresEngine(postgresTarget(inject('postgresUrl')), options)],
    ['embedded', () => createPostgresEngine(embeddedTarget('memory:'), options)],
    ['memory', () => createMemoryEngine()],
  ])('rejects every call with an error of ours, on %s', async (_name, open) => {
    const engine = open();
    await engine.close();
    const errors = await walk(engine);
    expect(bare(errors)).toEqual([]);
    expect(of(errors, EngineUnavailableError)).toEqual(expect.arrayContaining(WRITES));
  });
});

it('what a processor does to its job rejects with errors of ours', async (context) => {
  const { server, open } = await redis(context);
  const engine = await filled(context, open());
  const errors: unknown[] = [];
  const use = async (active: ActiveJob) => {
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    const calls = [active.progress(50), active.log(['line']), active.takeTurn('tenant')];
    for (const call of await Promise.allSettled(calls)) if (call.status === 'rejected') errors.push(call.reason);
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    return { kind: 'completed', value: null } as const;
  };
  const ended = new Promise<void>((resolve) => {
    const limits = { concurrency: 1, lockDuration: 30_000, stalledInterval: 30_000 };
    const worker = engine.worker(
      'work',
      use,
      { ...limits, completed: false, failed: false },
      {
        completed: () => resolve(),
        failed: () => undefined,
        stalled: () => undefined,
        lost: () => undefined,
        error: () => undefined,
      },
    );
    context.onTestFinished(() => worker.close(true));
  });
  await ended;
  expect(errors).toHaveLength(3);
  for (const error of errors) expect(error).toBeInstanceOf(EngineUnavailableError);
});
