/** Behaviour: what a processor can do beside its work. Logs, progress, adding jobs. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { CapturedLog } from './captured-log.js';
import { shopClosed } from './plugin-event.js';
import { record, rejection, type TestBed, uniqueName } from './test-bed.js';

const imports = (attempts = 1) =>
  defineQueue({
    name: uniqueName('imports'),
    schema: z.object({ n: z.number() }),
    defaults: { attempts, backoff: { type: 'fixed', delay: 0 } },
  });

export function describeContext(bed: TestBed): void {
  it('knows its job', async () => {
    const queue = imports(3);
    const jobs = bed.open([queue]);
    const seen: unknown[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ id, queue, data, attempt, maxAttempts, signal }) {
          seen.push({ id, queue, data, attempt, maxAttempts, aborted: signal.aborted });
          if (attempt === 1) throw new Error('again');
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 4 });
    await jobs.queue(queue).waitFor(id);
    const job = { id, queue: queue.name, data: { n: 4 }, maxAttempts: 3, aborted: false };
    expect(seen).toEqual([
      { ...job, attempt: 1 },
      { ...job, attempt: 2 },
    ]);
  });

  it('keeps the lines of its logger with the job, through all attempts, and hands them to the worker’s log', async () => {
    const queue = imports(2);
    const log = new CapturedLog();
    const jobs = bed.open([queue], { logger: log.logger });
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ logger, attempt }) {
          logger.info(`attempt ${attempt}`);
          logger.warn({ rows: 3, big: 12n, err: new Error('odd') }, 'some rows are odd');
          logger.child({ page: 7 }).debug('a page \u0000 ünï 👋');
          if (attempt === 1) throw new Error('again');
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await jobs.queue(queue).waitFor(id);
    const { lines, total } = await jobs.queue(queue).logs(id);
    expect(total).toBe(6);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z info attempt 1$/);
    expect(lines[1]).toMatch(/ warn some rows are odd \{"rows":3,"big":"12","err":\{.*"message":"odd"/);
    expect(lines[2]).toContain('debug a page');
    expect(lines[2]).toContain('ünï 👋');
    expect(lines[2]).toContain('{"page":7}');
    expect(lines[3]).toContain('attempt 2');
    expect((await jobs.queue(queue).logs(id, { offset: 1, limit: 2 })).lines).toEqual(lines.slice(1, 3));
    expect(log.find('attempt 1')).toMatchObject({ level: 'info', queue: queue.name, job: id });
    expect(log.find('some rows')).toMatchObject({ level: 'warn', rows: 3 });
    expect(log.find('a page')).toMatchObject({ level: 'debug', page: 7 });
  });

  it('tells the listeners of its process, and goes on when one of them fails', async () => {
    const queue = imports();
    const log = new CapturedLog();
    const jobs = bed.open([queue], { logger: log.logger });
    const heard: unknown[] = [];
    jobs.events.on('shop:closed', (event) => {
      heard.push(event);
      throw new Error('a bug of the host');
    });
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process: ({ emit }) => emit('shop:closed', shopClosed),
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await jobs.queue(queue).waitFor(id);
    expect(heard).toEqual([{ ...shopClosed, queue: queue.name, id }]);
    expect(log.find('a listener of "shop:closed"')).toMatchObject({ level: 'error', job: id });
  });

  it('keeps the last 1,000 lines, and takes whatever is logged', async () => {
    const queue = imports();
    const jobs = bed.open([queue]);
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ logger }) {
          for (let n = 0; n < 1_050; n++) logger.info(`line ${n}`);
          logger.info(circle, 'a circle');
          logger.info({ at: new Date(Number.NaN), list: [undefined], fn: () => 1 }, 'odd values');
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await jobs.queue(queue).waitFor(id);
    const { lines, total } = await jobs.queue(queue).logs(id, { limit: 2_000 });
    expect([lines.length, total]).toEqual([1_000, 1_000]);
    expect(lines.at(-2)).toContain('a circle');
    expect(lines[0]).toContain('line 52');
  });

  it('adds jobs to other queues, checked as any', async () => {
    const [queue, mails] = [imports(), defineQueue({ name: uniqueName('mails'), schema: z.object({ to: z.email() }) })];
    const jobs = bed.open([queue, mails]);
    const added = record(jobs, 'job:added');
    const refused: string[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        enqueues: [mails],
        async process(job) {
          await job.enqueue(mails, { to: 'ann@example.com' }, { id: `mail-of-${job.id}`, delay: 60_000 });
          refused.push((await rejection(job.enqueue(mails, { to: 'nowhere' }))).message);
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await jobs.queue(queue).waitFor(id);
    expect(await jobs.queue(mails).get(`mail-of-${id}`)).toMatchObject({
      state: 'delayed',
      data: { to: 'ann@example.com' },
    });
    expect(refused).toEqual([expect.stringContaining('to:')]);
    expect(added).toContainEqual({ queue: mails.name, id: `mail-of-${id}` });
  });
}
