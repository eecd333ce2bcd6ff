import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type RedisServer, startRedis } from '@bizinsights/test-servers';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { VERSION } from '../version.js';
import { type Child, startChild } from '../worker/fixtures/child.js';
import { main } from './main.js';

const directory = fileURLToPath(new URL('./fixtures', import.meta.url));

const loaded = createRequire(import.meta.url).cache;

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis({ appendOnly: true });
  redis = new Redis(server.url);
  vi.stubEnv('REDIS_URL', server.url);
  vi.stubEnv('LOG_LEVEL', 'silent');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  redis.disconnect();
  await server.stop();
});

/** The queues of the fixture, as another process of the host would use them. */
const reports = defineQueue({
  name: 'reports',
  schema: z.object({ format: z.string(), fails: z.boolean().default(false) }),
  defaults: { attempts: 1 },
});
const mails = defineQueue({ name: 'mails', schema: z.object({ to: z.string(), token: z.string().optional() }) });
const open = () =>
  createJobs({ connection: server.url, queues: [reports, mails], logger: silentLogger, environment: {} });
let jobs: ReturnType<typeof open>;
beforeEach(async () => {
  await redis.flushall();
  jobs = open();
});
afterEach(() => jobs.close());

/** Runs a command line in this process. A module is loaded anew each time, as a process would. */
async function run(...words: string[]): Promise<{ code: number | undefined; out: string; error: string }> {
  const out: string[] = [];
  const error: string[] = [];
  forgetModules();
  const code = await main(words, { out: (text) => out.push(text), error: (text) => error.push(text), directory });
  return { code, out: out.join('\n'), error: error.join('\n') };
}

function forgetModules(): void {
  for (const file of Object.keys(loaded)) if (file.startsWith(directory)) delete loaded[file];
}

/** A worker in this process that fails each report. */
async function startFailing(): Promise<ReturnType<typeof open>> {
  const failing = open();
  failing.registerProcessor(
    defineProcessor({
      queue: reports,
      process(job) {
        job.logger.info('looking for the report');
        throw new Error('no such report\u001b[2J');
      },
    }),
  );
  await failing.startWorker({ handleSignals: false });
  return failing;
}

async function addFailed(count: number): Promise<string[]> {
  const failing = await startFailing();
  const entries = Array.from({ length: count }, () => ({ data: { format: 'pdf', fails: true } }));
  const added = await failing.queue(reports).addMany(entries);
  await vi.waitFor(async () => expect((await failing.queue(reports).counts()).failed).toBe(count), 10_000);
  await failing.close();
  return added.map(({ id }) => id);
}

describe('status', () => {
  it('shows the store and a table of all queues', async () => {
    await jobs.queue(reports).addMany([{ data: { format: 'pdf' } }, { data: { format: 'csv' } }]);
    await jobs.queue(mails).add({ to: 'ann@example.com' }, { delay: 60_000 });
    await jobs.queue(mails).pause();
    const { code, out, error } = await run('status');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const [store, ...table] = out.split('\n');
    expect(store).toMatch(/^redis \d+\.\d+\.\d+, answers in \d+\.\d ms$/);
    expect(table).toEqual([
      'queue           waiting  active  delayed  failed  completed  paused',
      'reports               2       0        0       0          0       0',
      'mails (paused)        0       0        1       0          0       0',
    ]);
  });

  it('opens one connection, as the README says of commands', async () => {
    const received = async () => Number(/total_connections_received:(\d+)/.exec(await redis.info('stats'))?.[1]);
    const before = await received();
    await run('status');
    expect((await received()) - before).toBe(1);
  });

  it('shows a warning of the store', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const { out } = await run('status');
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    expect(out.split('\n')[1]).toMatch(/^warning: maxmemory-policy is "allkeys-lru"/);
  });

  it('answers JSON that a program can read', async () => {
    await jobs.queue(reports).add({ format: 'pdf' });
    const { code, out } = await run('status', './jobs.ts', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      health: { engine: 'redis', reachable: true, warnings: [] },
      queues: [
        { queue: 'reports', waiting: 1, isPaused: false },
        { queue: 'mails', waiting: 0 },
      ],
    });
  });
});

describe('schedules', () => {
  it('lists them with their sentences and next runs, and acts on one', async () => {
    const hour = 3_600_000;
    await jobs.scheduler.upsertMany([
      { key: 'nightly', queue: reports, data: { format: 'pdf' }, cron: '0 3 * * *', tags: ['night'] },
      { key: 'sync', queue: mails, data: { to: 'ann@example.com' }, every: hour },
    ]);
    const next = new Date(Math.floor(Date.now() / hour + 1) * hour).toISOString();
    const { code, out } = await run('schedules');
    expect(code).toBe(0);
    expect(out.split('\n')[2]).toMatch(new RegExp(`^sync +mails +Every hour +${next}$`));
    expect(out.split('\n')[1]).toMatch(/^nightly +reports +At 03:00 \(UTC\) +\d{4}-.*T03:00:00.000Z$/);
    expect((await run('schedules', '--tag', 'night', '--queue', 'reports')).out.split('\n')).toHaveLength(2);
    expect((await run('schedules', '--limit', '1')).out).toContain('There are more');
    expect((await run('schedules', '--tag', 'none')).out).toBe('There are no schedules.');

    expect(await run('schedules', '--pause', 'sync')).toMatchObject({ code: 0, out: 'sync: paused' });
    expect((await run('schedules', '--queue', 'mails')).out).toMatch(/paused$/);
    const ran = JSON.parse((await run('schedules', '--run', 'sync', '--json')).out);
    expect(await jobs.queue(mails).get(ran.jobId)).toMatchObject({ data: { to: 'ann@example.com' } });
    expect(await run('schedules', '--resume', 'sync')).toMatchObject({ code: 0, out: 'sync: resumed' });
    const listed = JSON.parse((await run('schedules', './jobs.ts', '--json')).out);
    expect(listed).toMatchObject({ isComplete: true, schedules: [{ key: 'nightly' }, { key: 'sync', paused: false }] });
    expect(JSON.stringify(listed)).not.toContain('ann@example.com');

    expect(await run('schedules', '--pause', 'no-such')).toMatchObject({ code: 1 });
    expect(await run('schedules', '--pause', 'a', '--run', 'a')).toMatchObject({ code: 2 });
    expect(await run('status', '--pause', 'a')).toMatchObject({ code: 2 });
  });
});

describe('job', () => {
  it('shows a failed job with its error, its attempts and its log', async () => {
    const [id = ''] = await addFailed(1);
    const { code, out, error } = await run('job', 'reports', id);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const lines = out.split('\n');
    expect(lines[0]).toBe(`reports ${id}`);
    expect(lines).toEqual(
      expect.arrayContaining([
        'state       failed, 1 of 1 attempts made',
        "starts      1, 0 ended by a worker's death, 0 put off or given back",
        'data        {"format":"pdf","fails":true}',
        // Without the control character, which would clear the terminal.
        'error       no such report[2J',
        'attempt 1   Error: no such report[2J',
      ]),
    );
    expect(lines.slice(-2)).toEqual(['log', expect.stringContaining('looking for the report')]);
    expect(JSON.parse((await run('job', 'reports', id, '--json')).out)).toMatchObject({ id, state: 'failed' });
  });

  it('shows a job that BullMQ itself has added, with its name', async () => {
    const plain = new Queue('reports', { connection: { url: server.url } });
    const { id = '' } = await plain.add('print', { format: 'pdf' });
    await plain.close();
    const { code, out } = await run('job', 'reports', id);
    expect({ code, lines: out.split('\n') }).toMatchObject({
      code: 0,
      lines: expect.arrayContaining(['name        print', 'data        {"format":"pdf"}']),
    });
    expect((await run('status')).out).toMatch(/reports +1 /);
  });

  it('shows nothing that its queue redacts', async () => {
    const { id } = await jobs.queue(mails).add({ to: 'ann@example.com', token: 'secret' });
    for (const form of [[], ['--json']]) {
      const { code, out } = await run('job', 'mails', id, ...form);
      expect(code).toBe(0);
      expect(out).toContain('ann@example.com');
      expect(out).not.toContain('secret');
    }
  });

  it.each(['-DeQQvmGhCmw-0', '-h2', '-'])('finds a job whose id is %j', async (id) => {
    const data = '{"to":"ann@example.com"}';
    expect(await run('add', 'mails', data, '--id', id)).toMatchObject({ code: 0, out: `mails: job ${id} added` });
    expect(await run('job', 'mails', id)).toMatchObject({ code: 0, out: expect.stringContaining('ann@example.com') });
    expect(await run('job', 'mails', '--', id)).toMatchObject({ code: 0 });
  });

  it('says with exit code 1 that there is none', async () => {
    expect(await run('job', 'mails', 'gone')).toEqual({
      code: 1,
      out: '',
      error: 'Queue "mails" has no job "gone"',
    });
  });
});

describe('add', () => {
  it('adds a job with its options', async () => {
    const words = ['add', 'reports', '{"format":"csv"}', '--id', 'june', '--delay', '60000'];
    expect(await run(...words)).toEqual({ code: 0, out: 'reports: job june added', error: '' });
    expect(await jobs.queue(reports).get('june')).toMatchObject({ state: 'delayed', data: { format: 'csv' } });
    const { out } = await run('add', 'reports', '{"format":"csv"}', './jobs.ts', '--json');
    expect(await jobs.queue(reports).get(JSON.parse(out).id)).toMatchObject({ state: 'waiting' });
  });

  it('refuses data that the queue does not take', async () => {
    const { code, error } = await run('add', 'reports', '{"format":"odt"}');
    expect(code).toBe(1);
    expect(error).toContain('format');
    expect(await jobs.queue(reports).counts()).toMatchObject({ waiting: 0 });
  });
});

describe('tail', () => {
  it.each([[[]], [['--json']]])('follows the jobs of a queue until it is stopped (%j)', async (form) => {
    const stop = new AbortController();
    const lines: string[] = [];
    forgetModules();
    const ended = main(['tail', 'reports', ...form], {
      out: (line) => lines.push(line),
      error: (line) => lines.push(line),
      directory,
      signal: stop.signal,
    });
    // It follows from some moment on: then it tells of all that comes.
    let added = '';
    await expect
      .poll(async () => {
        ({ id: added } = await jobs.queue(reports).add({ format: 'pdf' }));
        return lines.join('\n');
      })
      .toMatch(/added/);
    await jobs.queue(mails).add({ to: 'ann@example.com' });
    const failing = await startFailing();
    await expect.poll(() => lines.join('\n')).toMatch(/failed.*no such report/);
    await failing.close();
    stop.abort();
    expect(await ended).toBe(0);
    expect(lines.join('\n')).toContain(added);
    const last = lines.find((line) => line.includes('no such report')) ?? '';
    if (form.length > 0) {
      expect(JSON.parse(last)).toMatchObject({ queue: 'reports', event: 'failed', reason: 'no such report\u001b[2J' });
    } else {
      expect(last).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}failed {5}\S+ {2}no such report\[2J$/);
    }
  });
});

describe('what acts on a queue', () => {
  it('retry takes failed jobs back', async () => {
    await addFailed(3);
    expect(await run('retry', 'reports', '--limit', '1')).toMatchObject({
      code: 0,
      out: 'reports: 1 failed job taken back',
    });
    expect(await run('retry', 'reports', './jobs.ts', '--json')).toMatchObject({
      code: 0,
      out: JSON.stringify({ queue: 'reports', retried: 2 }, undefined, 2),
    });
    expect(await jobs.queue(reports).counts()).toMatchObject({ failed: 0, waiting: 3 });
  });

  it('pause and resume are seen by all processes', async () => {
    expect(await run('pause', 'mails')).toEqual({ code: 0, out: 'mails: paused', error: '' });
    expect(await jobs.queue(mails).counts()).toMatchObject({ isPaused: true });
    expect(await run('resume', 'mails')).toEqual({ code: 0, out: 'mails: resumed', error: '' });
    expect(await jobs.queue(mails).counts()).toMatchObject({ isPaused: false });
  });

  it('clean removes jobs of a state', async () => {
    await addFailed(2);
    expect(await run('clean', 'reports')).toMatchObject({ code: 0, out: 'reports: 0 completed jobs removed' });
    const old = ['--older-than', '60000'];
    expect(await run('clean', 'reports', '--state', 'failed', ...old)).toMatchObject({
      out: 'reports: 0 failed jobs removed',
    });
    expect(await run('clean', 'reports', '--state', 'failed')).toMatchObject({ out: 'reports: 2 failed jobs removed' });
  });
});

describe('words that are wrong', () => {
  it.each([
    [
      ['stop'],
      'There is no command "stop"; there are init, dev, worker, status, job, add, tail, retry, pause, resume, clean, schedules, environment. See --help',
    ],
    [['constructor'], 'There is no command "constructor"'],
    [['status', '--colour'], "Unknown option '--colour'. See --help"],
    [['status', '--limit', '5'], 'status takes no --limit. Usage: status [module]'],
    [['worker', '--json'], 'worker takes no --json'],
    [['retry'], 'retry needs a queue. Usage: retry <queue> [module] [--limit n]'],
    [['pause', 'mails', './jobs.ts', 'more'], 'Too many words: more. Usage: pause <queue> [module]'],
    [['job', 'mails'], 'job needs a job id. Usage: job <queue> <id> [module]'],
    [['add', 'mails', '{to:'], 'The data is not JSON (position 1)'],
    [['add', 'mails', '{}', '--delay', 'soon'], '--delay must be a whole number, not "soon"'],
    [['tail', 'nothing'], 'there is no queue "nothing"; there are reports, mails'],
    [['pause', 'nothing'], 'there is no queue "nothing"; there are reports, mails'],
    [['retry', 'reports', '--limit', 'all'], '--limit must be a whole number, not "all"'],
    [
      ['clean', 'reports', '--state', 'active'],
      '--state must be one of completed, failed, waiting, delayed, not "active"',
    ],
    [['worker', '--queues', 'mails,nothing'], '--queues: there is no queue "nothing"; there are reports, mails'],
    [
      ['worker', '--concurrency', 'mails=0'],
      '--concurrency must look like "email-sending=10,data-sync=2", each at least 1, not "mails=0"',
    ],
    [['worker', '--concurrency', 'nothing=2'], '--concurrency: there is no queue "nothing"'],
  ])('%j are told with exit code 2', async (words, message) => {
    const { code, out, error } = await run(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain(message);
  });

  it('show the help when there are none; --help asks for it', async () => {
    const nothing = await run();
    const help = await run('--help');
    expect(nothing).toEqual({ code: 2, out: '', error: help.out });
    expect(help.code).toBe(0);
    for (const command of [
      'init',
      'dev',
      'worker',
      'status',
      'job',
      'add',
      'tail',
      'retry',
      'pause',
      'resume',
      'clean',
    ]) {
      expect(help.out).toContain(`  bizinsights-jobs ${command} `);
    }
    expect(await run('--version')).toEqual({ code: 0, out: VERSION, error: '' });
  });
});

describe('environment', () => {
  it('lists the variables of core and of the processors, and whether they are set', async () => {
    const { code, out, error } = await run('environment');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const [header, ...lines] = out.split('\n');
    expect(header).toMatch(/^variable +for$/);
    expect(lines).toContainEqual(expect.stringMatching(/^REDIS_URL {5,}set {2,}Where the jobs are: /));
    expect(lines).toContainEqual(expect.stringMatching(/^JOBS_CONCURRENCY {8,}Jobs at a time by queue/));
    expect(lines).toContainEqual(expect.stringMatching(/^REPORTS_FOLDER {10,}Where reports are written$/));
    expect(out).not.toContain(server.url);
  });

  it('says which are wrong with exit code 1, without their values', async () => {
    vi.stubEnv('REPORTS_FOLDER', 'secret');
    try {
      const { code, out } = await run('environment', '--json');
      expect(code).toBe(1);
      expect(JSON.parse(out).variables).toContainEqual({
        name: 'REPORTS_FOLDER',
        about: 'Where reports are written',
        isSet: true,
        problem: 'must begin with /',
      });
      expect(out).not.toContain('secret');
    } finally {
      vi.stubEnv('REPORTS_FOLDER', undefined);
    }
  });
});

describe('a module that cannot be used', () => {
  it.each([
    ['./missing.ts', `./missing.ts does not exist in ${directory}`],
    ['./no-jobs.ts', './no-jobs.ts exports no `jobs`; write: export const jobs = createJobs({ … })'],
    ['./broken.ts', './broken.ts fails when it is loaded: the host has a problem'],
  ])('%s is told with exit code 1', async (module, message) => {
    expect(await run('status', module)).toEqual({
      code: 1,
      out: '',
      error: `The jobs cannot be loaded\n  - module: ${message}`,
    });
  });

  it('lists all that is wrong in its environment', async () => {
    const { code, error } = await run('status', './wrong-environment.ts');
    expect(code).toBe(1);
    expect(error).toMatch(/^The environment is not right\n {2}- JOBS_CONCURRENCY: .*\n {2}- JOBS_STATS_INTERVAL: /);
  });

  it('tells it as JSON when asked for JSON', async () => {
    const { code, error } = await run('status', './broken.ts', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(error)).toMatchObject({
      error: { code: 'CONFIG_INVALID', message: expect.stringContaining('problem') },
    });
  });

  it('is looked for as jobs.ts, and a folder without one is told', async () => {
    const error = vi.fn();
    const elsewhere = fileURLToPath(new URL('.', import.meta.url));
    expect(await main(['status'], { out: vi.fn(), error, directory: elsewhere })).toBe(1);
    expect(error).toHaveBeenCalledWith(expect.stringContaining('name a module that exports `jobs`, such as ./jobs.ts'));
  });
});

describe('a store that is away', () => {
  it.each([['status'], ['pause', 'mails']])(
    'is told by exit code 1 and in one line without its password (%s)',
    async (...words) => {
      vi.stubEnv('REDIS_URL', 'redis://:secret@127.0.0.1:1');
      try {
        const { code, out, error } = await run(...words);
        const told = out + error;
        expect(code).toBe(1);
        expect(told).toMatch(/The job store at 127\.0\.0\.1:1 can't be reached \(connect ECONNREFUSED.*\)/);
        expect(told).not.toContain('secret');
        expect(told).not.toContain('\n');
      } finally {
        vi.stubEnv('REDIS_URL', server.url);
      }
    },
  );
});

it.each([['status'], ['pause', 'mails'], ['worker']])(
  'says what to set where no store is named (%s)',
  async (...words) => {
    const { code, out, error } = await run(...words, './no-store.ts');
    expect(code).toBe(1);
    expect(out + error).toMatch(/^No job store is named\n {2}- REDIS_URL: set it, .*$/);
  },
);

// Without a build, a process takes seconds to read all sources.
describe('as a process', { timeout: 90_000 }, () => {
  const children: Child[] = [];
  const start = (args: string[], env: Record<string, string> = {}) => {
    const child = startChild('../../cli/fixtures/program.ts', {
      args,
      cwd: directory,
      env: { REDIS_URL: server.url, OWN_CONNECTION: 'yes', LOG_LEVEL: '', ...env },
    });
    children.push(child);
    return child;
  };
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('worker runs the jobs of the module until it is told to stop', async () => {
    const { id } = await jobs.queue(reports).add({ format: 'pdf' });
    const child = start(['worker', './jobs.ts', '--queues', 'reports,mails', '--concurrency', 'reports=7'], {
      LOG_LEVEL: 'info',
    });
    await child.prints('Mails processor registered (concurrency: 2)');
    expect(child.output()).toContain('Reports processor registered (concurrency: 7)');
    await jobs.queue(reports).waitFor(id);
    child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(child.output()).toContain('worker stopped');
  });

  it('other commands end by themselves, although the module keeps connections open, and print their answer alone', async () => {
    const child = start(['status', '--json']);
    expect(await child.ended).toBe(0);
    expect(JSON.parse(child.output())).toMatchObject({ health: { reachable: true } });
  });

  it('environment does not count the silence of the command as set', async () => {
    const child = start(['environment', '--json']);
    expect(await child.ended).toBe(0);
    expect(JSON.parse(child.output()).variables).toContainEqual(
      expect.objectContaining({ name: 'LOG_LEVEL', isSet: false }),
    );
  });
});
