/** The demo that `npm start` runs, without its pages: stopped, killed and started again, and on servers. */
import { createDatabase, type RedisServer, startRedis } from '@bizinsights/test-servers';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { Demo } from './demo-processes.js';

/** Each starts several processes, which only load for seconds: on a busy machine for a minute. ms */
const LIMIT = 1_800_000;

let demo: Demo;
afterEach(() => demo.close());

it(
  'goes on after a kill and a stop within its first syncs, and does nothing twice',
  async () => {
    demo = new Demo();
    await demo.startServices();
    const killed = demo.startOnce();
    await killed.printed(/data-sync.+ records in /);
    expect(await killed.kill('SIGKILL')).toBe('SIGKILL');

    const stopped = demo.startOnce();
    await stopped.printed(/the last 90 days are there[\s\S]+data-sync.+ records in /);
    expect(await stopped.kill('SIGTERM')).toBe(0);
    expect(stopped.output).toContain('the data of an earlier start is there; its first run goes on');
    expect(stopped.output).toContain('worker stopped');

    // What is stored is what the platforms have.
    const finished = demo.startOnce();
    expect(await finished.ended, finished.output).toBe(0);
    const mails = await demo.mails();
    expect(mails.filter((mail) => /welcome/i.test(mail))).toHaveLength(1);
    expect(mails.filter((mail) => /report/i.test(mail))).toHaveLength(1);
    expect(new Set(mails).size).toBe(mails.length);

    const platforms = await demo.platforms();
    await demo.startServices();
    const again = demo.startOnce();
    expect(await again.ended, again.output).toBe(0);
    expect(again.output).toContain('the data of an earlier start is there; its first run is done');
    expect(await demo.platforms()).toEqual(platforms);
    expect(await demo.mails()).toEqual(mails);
  },
  LIMIT,
);

describe('on servers', () => {
  let redis: RedisServer;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  beforeEach(async () => {
    [redis, database] = await Promise.all([startRedis(), createDatabase(inject('postgresUrl'))]);
  });
  // After the demo's own.
  afterEach(async () => {
    await Promise.all([redis.stop(), database.drop()]);
  });

  it(
    'the worker is a process of its own on Redis and PostgreSQL',
    async () => {
      demo = new Demo({ REDIS_URL: redis.url, DATABASE_URL: database.url });
      await demo.startServices();
      const worker = demo.startWorker();
      await worker.printed(/all of the history is there/);
      expect(await worker.kill('SIGTERM')).toBe(0);
      const check = demo.startOnce();
      expect(await check.ended, check.output).toBe(0);
    },
    LIMIT,
  );

  it.each(['REDIS_URL', 'DATABASE_URL'])(
    'runs with %s alone',
    async (name) => {
      demo = new Demo({ [name]: name === 'REDIS_URL' ? redis.url : database.url });
      await demo.startServices();
      const run = demo.startOnce();
      expect(await run.ended, run.output).toBe(0);
    },
    LIMIT,
  );
});
