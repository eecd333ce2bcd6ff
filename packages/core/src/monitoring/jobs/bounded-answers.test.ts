/** Answers are bounded in size however large the jobs are, and say what they leave out. */
import { createDatabase } from '@bizinsights/test-servers';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { createMemoryEngine } from '../../engine/memory/engine.js';
import { createJobs, createJobsOn } from '../../jobs.js';
import type { Jobs } from '../../jobs-instance.js';
import { silentLogger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { createMonitoringHandler } from '../app.js';

const SECRET = 'ann-secret@example.com';
const MEGABYTE = 1_000_000;

const large = defineQueue({
  name: 'large',
  schema: z.looseObject({ to: z.string(), text: z.string() }),
  result: z.unknown(),
  tenant: () => 'shop',
  redact: ['to'],
  defaults: { attempts: 1 },
});

const OPTIONS = { queues: [large], logger: silentLogger };
const prefix = () => `bounded-${process.pid}-${Math.random().toString(36).slice(2)}`;

const ENGINES: Record<string, () => Promise<Jobs>> = {
  Redis: async () => createJobs({ ...OPTIONS, connection: inject('redisUrl'), prefix: prefix() }),
  PostgreSQL: async () => createJobs({ ...OPTIONS, connection: (await createDatabase(inject('postgresUrl'))).url }),
  memory: async () => createJobsOn(OPTIONS, { engine: createMemoryEngine() }),
};

interface Shown {
  readonly id: string;
  readonly truncated?: readonly { readonly field: string; readonly bytes: number }[];
  readonly [field: string]: unknown;
}

interface Page {
  readonly jobs: readonly Shown[];
  readonly cursor?: string;
  readonly isComplete?: boolean;
}

describe.each(Object.entries(ENGINES))('on %s', (_engine, open) => {
  let jobs: Jobs;
  let handler: ReturnType<typeof createMonitoringHandler>;
  let tenants: readonly string[] | undefined;
  const text = async (path: string): Promise<string> => {
    const response = await handler(new Request(`http://localhost/api/jobs${path}`, { headers: { host: 'localhost' } }));
    expect(response.status).toBe(200);
    return response.text();
  };
  const ask = async <T>(path: string): Promise<T> => JSON.parse(await text(path)).data;

  /** Resolves when a search has read all jobs. */
  const indexed = async () => {
    while (!(await ask<Page>('/large/jobs?text=nothing')).isComplete);
  };

  beforeAll(async () => {
    jobs = await open();
    handler = createMonitoringHandler(jobs, {
      authorize: () => ({ actor: 'ann', role: 'viewer', ...(tenants ? { tenants } : {}) }),
    });
    return () => jobs.close();
  });

  /** The last part of a text is the secret: cut before it was hidden, its beginning would be left. */
  const around = (length: number) => `${'x'.repeat(length - 12)} ${SECRET} ${'y'.repeat(MEGABYTE)}`;

  it('lists large jobs in pages of a bounded size, whose cursors lead over all of them', async () => {
    const entries = Array.from({ length: 40 }, (_, n) => ({
      data: { to: SECRET, text: around(500), n },
      options: { id: `j${n}` },
    }));
    for (let start = 0; start < entries.length; start += 5)
      await jobs.queue(large).addMany(entries.slice(start, start + 5));
    const asked = '/large/jobs?state=waiting&order=oldest&limit=1000';
    const seen: string[] = [];
    let pages = 0;
    for (let cursor: string | undefined = ''; cursor !== undefined; pages++) {
      const answer = await text(`${asked}${cursor && `&cursor=${cursor}`}`);
      expect(answer.length).toBeLessThan(1.1 * MEGABYTE);
      expect(answer).not.toContain('ann-s');
      const page: Page = JSON.parse(answer).data;
      for (const job of page.jobs) {
        expect(job.data).toMatchObject({ to: '[redacted]', n: Number(job.id.slice(1)) });
        expect(job.truncated).toEqual([{ field: 'data', bytes: expect.any(Number) }]);
        expect(job.truncated?.[0]?.bytes).toBeGreaterThan(MEGABYTE);
      }
      seen.push(...page.jobs.map(({ id }) => id));
      cursor = page.cursor;
    }
    expect(seen).toEqual(entries.map(({ options }) => options.id));
    expect(pages).toBeGreaterThan(1);

    // A principal that is bound to tenants goes another way.
    tenants = ['shop'];
    await indexed();
    const found: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: Page = await ask(`/large/jobs?state=waiting&limit=1000${cursor && `&cursor=${cursor}`}`);
      expect(JSON.stringify(page).length).toBeLessThan(1.1 * MEGABYTE);
      found.push(...page.jobs.map(({ id }) => id));
      cursor = page.cursor;
    }
    tenants = undefined;
    expect(found.sort()).toEqual([...seen].sort());
    await jobs.queue(large).empty();
  });

  it('ends a page of many middle-sized jobs at 1 MB', async () => {
    const entries = Array.from({ length: 600 }, (_, n) => ({ data: { to: 'nobody', text: 'x'.repeat(3_000), n } }));
    await jobs.queue(large).addMany(entries);
    const path = '/large/jobs?state=waiting&limit=1000';
    const first = await ask<Page>(path);
    expect(JSON.stringify(first).length).toBeLessThan(1.1 * MEGABYTE);
    expect(first.jobs.length).toBeGreaterThan(250);
    expect(first.jobs[0]?.truncated).toBeUndefined();
    const second = await ask<Page>(`${path}&cursor=${first.cursor}`);
    expect(new Set([...first.jobs, ...second.jobs].map(({ id }) => id)).size).toBe(600);
    expect(second.cursor).toBeUndefined();
    await jobs.queue(large).empty();
  });

  it('shows one large job, and a queue of failed ones, in a bounded size without what is redacted', async () => {
    const ended = new Promise<void>((resolve) => {
      const left = new Set(['fails', 'succeeds']);
      const end = ({ id }: { readonly id: string }) => left.delete(id) && left.size === 0 && resolve();
      jobs.events.on('job:exhausted', end);
      jobs.events.on('job:completed', end);
    });
    jobs.registerProcessor(
      defineProcessor({
        queue: large,
        async process({ id, progress, logger }) {
          await progress({ seen: around(60_000), list: Array.from({ length: 10_000 }, () => ({ to: SECRET })) });
          for (let line = 0; line < 20; line++) logger.info(around(30_000));
          if (id === 'fails') throw new Error(around(25_000));
          return { copy: around(40_000), parts: Array.from({ length: 50_000 }, (_, n) => n) };
        },
      }),
    );
    const data = { to: SECRET, text: around(35_000) };
    await jobs.queue(large).addMany([
      { data, options: { id: 'fails' } },
      { data, options: { id: 'succeeds' } },
    ]);
    const worker = await jobs.startWorker({ handleSignals: false });
    await ended;
    await worker.close();

    const detail = await text('/large/jobs/succeeds');
    expect(detail.length).toBeLessThan(1.1 * MEGABYTE);
    const shown: Shown = JSON.parse(detail).data;
    expect(shown.truncated?.map(({ field }) => field).sort()).toEqual(['data', 'logs', 'progress', 'result']);
    expect(shown.logs).toMatchObject({ total: 20 });
    expect(shown.result).toMatchObject({ parts: expect.arrayContaining([0, 1, 2]) });
    const failed = await text('/large/jobs/fails');
    expect(failed.length).toBeLessThan(1.1 * MEGABYTE);
    expect(JSON.parse(failed).data.truncated.map(({ field }: { field: string }) => field)).toContain('failedReason');
    const queue = await text('/large');
    expect(queue.length).toBeLessThan(20_000);
    expect(JSON.parse(queue).data.failedJobs[0].truncated).toHaveLength(2);
    for (const answer of [detail, failed, queue]) expect(answer).not.toContain('ann-s');
  });

  it('searches large jobs by their beginning', async () => {
    await jobs
      .queue(large)
      .add({ to: SECRET, text: `needle ${'z'.repeat(20)} ${'hay '.repeat(MEGABYTE / 4)} end` }, { id: 's' });
    // An index of before may say that it is complete.
    const found = async () => (await ask<Page>('/large/jobs?text=needle')).jobs.map(({ id }) => id);
    await expect.poll(found).toEqual(['s']);
    await indexed();
    const beyond = await ask<Page>('/large/jobs?text=end');
    expect(beyond.jobs).toEqual([]);
    await jobs.queue(large).empty();
  });

  it('lists schedules with large data in a bounded size', async () => {
    for (let n = 0; n < 60; n++) {
      await jobs.scheduler.upsert({
        key: `s${String(n).padStart(2, '0')}`,
        queue: large,
        every: 3_600_000,
        data: { to: SECRET, text: `${SECRET} ${'x'.repeat(100_000)}` },
      });
    }
    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const answer = await text(`/schedules?limit=1000${cursor && `&cursor=${cursor}`}`);
      expect(answer.length).toBeLessThan(1.6 * MEGABYTE);
      expect(answer).not.toContain('ann-s');
      const page = JSON.parse(answer).data;
      for (const one of page.schedules) expect(one.truncated).toEqual([{ field: 'data', bytes: expect.any(Number) }]);
      seen.push(...page.schedules.map(({ key }: { key: string }) => key));
      cursor = page.cursor;
    }
    expect(seen).toHaveLength(60);
    expect(new Set(seen).size).toBe(60);
  });
});
