/** Behaviour: what `redact` names never leaves the process, by whatever way. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Logger, LogMethod } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { record, type TestBed, uniqueName, until } from './test-bed.js';

const SECRETS = ['ann@example.com', '4111-1111', 'say "friend"\nand enter'] as const;

const data = { email: SECRETS[0], cards: [{ number: SECRETS[1] }], password: SECRETS[2], plan: 'gold' };

const accounts = () =>
  defineQueue({
    name: uniqueName('accounts'),
    schema: z.object({
      email: z.string(),
      cards: z.array(z.object({ number: z.string() })),
      password: z.string(),
      plan: z.string(),
    }),
    redact: ['email', 'cards.*.number', 'password'],
    defaults: { attempts: 2, backoff: { type: 'fixed', delay: 0 } },
  });

/** Keeps everything that it is given, errors with all that they carry. */
function recordingLogger(lines: string[]): Logger {
  const method: LogMethod = (first: object | string, second?: string) => void lines.push(shown(first) + (second ?? ''));
  const logger: Logger = {
    debug: method,
    info: method,
    warn: method,
    error: method,
    child(fields) {
      lines.push(shown(fields));
      return logger;
    },
  };
  return logger;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, (_key, item: unknown) => {
    if (!(item instanceof Error)) return item;
    return { ...item, name: item.name, message: item.message, stack: item.stack, cause: item.cause };
  });
}

/** Also as they stand in JSON. */
function expectNoSecrets(text: string): void {
  for (const secret of SECRETS) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
  }
}

export function describeRedaction(bed: TestBed): void {
  it('keeps named fields out of log lines, kept lines, progress, errors and events', async () => {
    const queue = accounts();
    const lines: string[] = [];
    const jobs = bed.open([queue], { logger: recordingLogger(lines) });
    const exhausted = record(jobs, 'job:exhausted');
    const told = [
      exhausted,
      record(jobs, 'job:failed'),
      record(jobs, 'job:progress'),
      record(jobs, 'job:added'),
      record(jobs, 'job:active'),
      record(jobs, 'worker:error'),
    ];
    let seen: unknown;
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process(job) {
          seen = job.data;
          job.logger.info(`sends to ${job.data.email}`);
          job.logger.child({ to: job.data.email }).warn({ all: job.data }, `card ${job.data.cards[0]?.number}`);
          await job.progress({ to: job.data.email, text: `for ${job.data.password}` });
          throw Object.assign(new Error(`no mailbox ${job.data.email}`), {
            response: { body: job.data },
            cause: new Error(`refused ${job.data.cards[0]?.number}: ${JSON.stringify(job.data)}`),
          });
        },
        onExhausted(job) {
          job.logger.error(`gave up ${job.data?.email}`);
          throw new Error(`and could not tell ${job.data?.email}`);
        },
      }),
    );
    const { id } = await jobs.queue(queue).add(data);
    await until(() => expect(exhausted).toHaveLength(1));
    await until(() => expect(told[5]).toHaveLength(1));
    // The processor itself has what it needs.
    expect(seen).toEqual(data);
    const kept = await jobs.queue(queue).logs(id);
    expect(kept.total).toBe(5);
    expect(kept.lines.join('\n')).toContain('sends to [redacted]');
    const job = await until(async () => {
      const found = await jobs.queue(queue).get(id);
      expect(found?.state).toBe('failed');
      return found;
    });
    expect(job?.failedReason).toBe('no mailbox [redacted]');
    expect(job?.stacktrace).toHaveLength(2);
    expectNoSecrets(shown({ ...job, data: undefined }));
    expectNoSecrets(kept.lines.join('\n'));
    expectNoSecrets(lines.join('\n'));
    expectNoSecrets(shown(told));
    // What is not named stays readable.
    expect(kept.lines.join('\n')).toContain('gold');
  });
}
