/** Behaviour: `redact`. What it names leaves the process in no event, no log line, no error and no stored reason. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { PermanentError } from '../../../errors.js';
import type { JobsEvents } from '../../../events.js';
import { defineProcessor, type JobContext } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { CapturedLog, writeErrors } from '../captured-log.js';
import { type TestBed, uniqueName, until } from '../test-bed.js';

const EVENTS = [
  'job:added',
  'job:active',
  'job:progress',
  'job:completed',
  'job:failed',
  'job:exhausted',
  'worker:error',
] as const satisfies readonly (keyof JobsEvents)[];

const SECRETS = {
  email: 'ann.secret@example.com',
  token: 'line one "quoted"\nline two \\ ü',
  pin: 471_199,
  nested: 'deep-secret-text',
};

const logins = () =>
  defineQueue({
    name: uniqueName('logins'),
    schema: z.object({
      // Stored as it came, seen by the processor as it is transformed: neither may leave.
      email: z.string().transform((email) => `<${email.toUpperCase()}>`),
      token: z.string(),
      pin: z.number(),
      list: z.array(z.object({ name: z.string(), public: z.string() })),
    }),
    redact: ['email', 'token', 'pin', 'list.*.name'],
    defaults: { attempts: 2, backoff: { type: 'fixed', delay: 0 } },
  });
type Logins = ReturnType<typeof logins>;

const data = {
  email: SECRETS.email,
  token: SECRETS.token,
  pin: SECRETS.pin,
  list: [{ name: SECRETS.nested, public: 'visible' }],
};

/** What must be seen nowhere; of texts also how JSON writes them. */
const FORBIDDEN = [
  SECRETS.email,
  SECRETS.email.toUpperCase(),
  SECRETS.nested,
  String(SECRETS.pin),
  'line two',
  'line one',
];

export function describeRedacting(bed: TestBed): void {
  /** Runs one job to its end, and gives all that could be seen of it outside. */
  const observe = async (
    process: (job: JobContext<Logins>) => void | Promise<void>,
    onExhausted?: (secrets: typeof data) => void,
  ): Promise<string> => {
    const queue = logins();
    const log = new CapturedLog();
    const jobs = bed.open([queue], { logger: log.logger });
    const events: unknown[] = [];
    for (const event of EVENTS) jobs.events.on(event, (payload: unknown) => void events.push([event, payload]));
    await bed.work(
      jobs,
      defineProcessor({ queue, process, ...(onExhausted ? { onExhausted: () => onExhausted(data) } : {}) }),
    );
    const { id } = await jobs.queue(queue).add(data);
    const waited = await jobs
      .queue(queue)
      .waitFor(id)
      .catch((error: unknown) => error);
    await until(() => expect(JSON.stringify(events)).toMatch(/job:(completed|exhausted)/));
    const job = await jobs.queue(queue).get(id);
    const logs = await jobs.queue(queue).logs(id);
    const { data: _data, ...stored } = job ?? {};
    return JSON.stringify({ stored, logs, events, waited, log: log.text }, writeErrors);
  };

  const expectClean = (seen: string) => {
    for (const secret of FORBIDDEN) expect(seen).not.toContain(secret);
    expect(seen).toContain('[redacted]');
  };

  it('hides it in log lines, fields and child loggers', async () => {
    const seen = await observe(({ logger, data }) => {
      logger.info(`login of ${data.email} with ${data.token}`);
      logger.info({ email: data.email, pin: data.pin, all: data, note: 'visible-field' }, `pin ${data.pin}`);
      logger.child({ user: data.list[0]?.name }).warn({ err: new Error(`bad ${data.email}`) }, 'child');
    });
    expectClean(seen);
    expect(seen).toContain('visible-field');
    expect(seen).toContain('login of [redacted]');
  });

  it('hides it in progress', async () => {
    const seen = await observe(async (job) => {
      await job.progress({ message: `asks ${job.data.email}`, done: 1, pin: job.data.pin });
      await job.progress(`checks ${job.data.list[0]?.name}`);
    });
    expectClean(seen);
    expect(seen).toContain('asks [redacted]');
  });

  it('hides it in errors, their stacks, causes, fields and parts', async () => {
    const seen = await observe(({ data, attempt }) => {
      const cause = Object.assign(new Error(`550 no such user ${data.email}`), {
        response: { rcpt: [data.token], code: 550 },
      });
      const error = new Error(`could not log in ${data.email} with ${data.pin}`, { cause });
      if (attempt === 1) throw Object.assign(error, { command: `RCPT TO ${data.list[0]?.name}`, pin: data.pin });
      throw new AggregateError([error, new Error(data.token)], `all failed for ${data.token}`);
    });
    expectClean(seen);
    expect(seen).toContain('could not log in [redacted]');
    expect(seen).toContain('550 no such user [redacted]');
  });

  it('hides it in what is thrown for good, and keeps its class', async () => {
    const seen = await observe(({ data }) => {
      throw new PermanentError(`no account ${data.email}`);
    });
    expectClean(seen);
    expect(seen).toContain('no account [redacted]');
    expect(seen).toContain('JOB_PERMANENT');
  });

  it('hides it in what is thrown that is no error', async () => {
    const seen = await observe(({ data }) => {
      throw `${data.token} was wrong`;
    });
    expectClean(seen);
  });

  it('hides it in what `onExhausted` throws', async () => {
    const seen = await observe(
      () => {
        throw new Error('no');
      },
      (secrets) => {
        throw new Error(`could not tell ${secrets.email} about ${secrets.token}`);
      },
    );
    expectClean(seen);
    expect(seen).toContain('could not tell [redacted]');
  });

  it('hides it however it is written, and in keys', async () => {
    const written = (text: string) => [
      encodeURIComponent(text),
      encodeURIComponent(text).replaceAll('%20', '+').toLowerCase(),
      JSON.stringify(text).toUpperCase(),
      text.replaceAll('"', '&quot;'),
      Buffer.from(text).toString('base64'),
      Buffer.from(text).toString('base64url'),
    ];
    const forms = [SECRETS.email, SECRETS.token, SECRETS.nested].flatMap(written);
    const seen = await observe(async ({ logger, progress, attempt }) => {
      for (const form of forms) {
        logger.info({ [form]: { [`of ${form}`]: 1 } }, `for ${form}`);
        logger.child({ [form]: form }).info('child');
        await progress({ [form]: form, list: [form], [String(SECRETS.pin)]: 1 });
      }
      const error = Object.assign(new Error(`all of ${forms.join(' ')}`), { [forms[0] ?? '']: forms });
      if (attempt === 1) throw error;
      throw new PermanentError(`again ${forms.join(' ')}`, { cause: error });
    });
    // What is seen is JSON, which escapes once more what has a sign of its own.
    for (const form of forms) expect(seen).not.toContain(JSON.stringify(form).slice(1, -1));
    expectClean(seen);
    expect(seen).toContain('all of [redacted]');
  });

  it('hides the keys below a named field in errors and log lines, and in what is said of data that is not valid', async () => {
    const queue = defineQueue({
      name: uniqueName('headers'),
      schema: z.object({ headers: z.record(z.string(), z.string()), note: z.string() }),
      redact: ['headers'],
      defaults: { attempts: 1 },
    });
    const log = new CapturedLog();
    const jobs = bed.open([queue], { logger: log.logger });
    const events: unknown[] = [];
    for (const event of EVENTS) jobs.events.on(event, (payload: unknown) => void events.push([event, payload]));
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process({ data, logger, progress }) {
          const [key = ''] = Object.keys(data.headers);
          logger.info({ [key]: 1 }, `with ${key}`);
          await progress({ [key]: `sets ${key.toUpperCase()}` });
          throw Object.assign(new Error(`"${key}" is refused`), { [key]: true });
        },
      }),
    );
    const key = 'x-shop-of-ann@example.com';
    const handle = jobs.queue(queue);
    const { id } = await handle.add({ headers: { [key]: 'a value' }, note: 'visible' });
    const waited = await handle.waitFor(id).catch((error: unknown) => error);
    await until(() => expect(JSON.stringify(events)).toContain('job:exhausted'));
    const { data: _data, ...stored } = (await handle.get(id)) ?? {};
    const seen = [{ stored, logs: await handle.logs(id), events, waited, log: log.text }];
    // As a host without types would send it.
    const wrong: { headers: Record<string, string>; note: string } = JSON.parse(`{"headers":{"${key}":7},"note":1}`);
    const refused: unknown[] = await Promise.all([
      handle.add(wrong).catch((error: unknown) => error),
      handle.addMany([{ data: wrong }]).catch((error: unknown) => error),
    ]);
    const text = JSON.stringify([seen, refused.map((error) => [error, String(error)])], writeErrors);
    expect(text.toLowerCase()).not.toContain('ann@example.com');
    expect(text).toContain('headers.[redacted]');
    expect(text).toContain('note');
  });

  it('says nothing of the data where nothing is logged', async () => {
    const seen = await observe(() => undefined);
    for (const secret of FORBIDDEN) expect(seen).not.toContain(secret);
  });
}
