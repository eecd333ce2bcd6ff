import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { PermanentError } from '../../errors.js';
import { defineProcessor, type JobContext, type ProcessorDefinition } from '../../processor/definition.js';
import { type AnyQueueDefinition, defineQueue } from '../../queue/definition.js';
import type { PluginUnderTest } from './plugin.js';
import { pluginConformance } from './plugin-conformance.js';

const receipts = defineQueue({ name: 'receipts', schema: z.object({ invoice: z.string() }) });

const invoices = defineQueue({
  name: 'invoices',
  schema: z.object({
    order: z.number().int(),
    email: z.email(),
    lines: z.array(z.object({ sku: z.string() })).default([]),
    due: z.coerce.date().optional(),
  }),
  result: z.object({ invoice: z.string() }),
  redact: ['email'],
  version: 2,
  migrate: { 1: (data) => ({ ...z.object({ order: z.number() }).parse(data), email: 'none@example.com' }) },
});
type Invoices = typeof invoices;

/** What the plugin talks to: writes an invoice once a key. */
interface Ledger {
  write(key: string, email: string, signal: AbortSignal): Promise<string>;
}

const written = new Map<string, string>();
const ledger = (): Ledger => {
  written.clear();
  return {
    async write(key, email) {
      written.set(key, email);
      return `invoice-${key}`;
    },
  };
};
const brokenLedger: Ledger = {
  write: (_key, email) => Promise.reject(new Error(`the ledger does not take ${email}`)),
};
const silentLedger: Ledger = {
  write: (_key, _email, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
};

type Process = (job: JobContext<Invoices>, ledger: Ledger) => Promise<{ invoice: string }>;

const write: Process = async (job, target) => {
  job.logger.info(`writes an invoice for ${job.data.email}`);
  const invoice = await target.write(String(job.data.order), job.data.email, job.signal);
  await job.enqueue(receipts, { invoice }, { id: `receipt-${job.id}` });
  return { invoice };
};

/** The plugin, well made or with one thing done otherwise. */
function plugin(
  process: Process = write,
  rest: Partial<ProcessorDefinition<Invoices>> = {},
  changes: Partial<PluginUnderTest<Invoices>> = {},
): PluginUnderTest<Invoices> {
  const on = (make: () => Ledger) => () => {
    const target = make();
    return defineProcessor({ queue: invoices, enqueues: [receipts], process: (job) => process(job, target), ...rest });
  };
  return {
    queue: invoices,
    processor: on(ledger),
    failing: on(() => brokenLedger),
    hanging: on(() => silentLedger),
    validData: [{ order: 7, email: 'ann@example.com', lines: [{ sku: 'a' }], due: '2026-01-01' }],
    invalidData: [
      { data: { order: 'seven', email: 'ann@example.com' }, path: 'order' },
      { data: { order: 7, email: 'ann@example.com', lines: [{}] }, path: 'lines[0].sku' },
      { data: 'seven', path: '(root)' },
    ],
    olderData: [{ version: 1, data: { order: 7 } }],
    effects: () => [...written],
    limit: 1_000,
    ...changes,
  };
}

/** What a case says of a plugin that fails it. */
async function failure<Q extends AnyQueueDefinition>(bad: PluginUnderTest<Q>, name: string): Promise<string> {
  const found = pluginConformance(bad).find((one) => one.name === name);
  if (!found) throw new Error(`there is no case "${name}"`);
  return found.run().then(
    () => `"${name}" passes`,
    (error: Error) => error.message,
  );
}

describe('a good plugin', () => {
  for (const { name, run } of pluginConformance(plugin())) it(name, run);
});

test('the cases are named for what they prove', () => {
  expect(pluginConformance(plugin()).map(({ name }) => name)).toMatchInlineSnapshot(`
    [
      "the queue is one that \`defineQueue\` takes",
      "valid data 1 is taken, and read back as it was",
      "invalid data 1 is refused at order, and nothing is enqueued",
      "invalid data 2 is refused at lines[0].sku, and nothing is enqueued",
      "invalid data 3 is refused at (root), and nothing is enqueued",
      "every earlier version has an example in \`olderData\`",
      "older data 1, of version 1, is brought up to date",
      "the processor works on the queue",
      "valid data 1 is processed, and its result survives the store",
      "valid data 1 is processed again after a crash at the end, and nothing is done twice",
      "\`start\` and \`stop\` may be called again",
      "an error of a service fails the attempt with an Error, and is tried again",
      "it ends when its signal aborts",
      "what the queue redacts is in no log line, event or error",
      "what the queue redacts is in no log line, event or error of a failure",
    ]
  `);
});

describe('a plugin fails', () => {
  const cases: Record<string, { bad: PluginUnderTest<Invoices>; fails: string; says: RegExp }> = {
    'with a queue that defineQueue would refuse': {
      bad: plugin(write, {}, { queue: Object.freeze({ ...invoices, name: 'health' }) as unknown as Invoices }),
      fails: 'the queue is one that `defineQueue` takes',
      says: /uses this name for a route/,
    },
    'with a queue that was put together by hand': {
      bad: plugin(write, {}, { queue: { ...invoices } }),
      fails: 'the queue is one that `defineQueue` takes',
      says: /not made by/,
    },
    'with data that the schema refuses': {
      bad: plugin(write, {}, { validData: [{ order: 7, email: 'nobody' }] }),
      fails: 'valid data 1 is taken, and read back as it was',
      says: /email/,
    },
    'with bad data that the schema takes': {
      bad: plugin(write, {}, { invalidData: [{ data: { order: 7, email: 'ann@example.com' }, path: 'order' }] }),
      fails: 'invalid data 1 is refused at order, and nothing is enqueued',
      says: /it is taken/,
    },
    'with a problem told at another place': {
      bad: plugin(write, {}, { invalidData: [{ data: { order: 7, email: 'nobody' }, path: 'order' }] }),
      fails: 'invalid data 1 is refused at order, and nothing is enqueued',
      says: /refused, but at email/,
    },
    'without an example of an earlier version': {
      bad: plugin(write, {}, { olderData: [] }),
      fails: 'every earlier version has an example in `olderData`',
      says: /no example/,
    },
    'when it can’t bring older data up to date': {
      bad: plugin(write, {}, { olderData: [{ version: 1, data: {} }] }),
      fails: 'older data 1, of version 1, is brought up to date',
      says: /migrate\[1\]/,
    },
    'when its processor works on another queue': {
      bad: plugin(write, { queue: receipts as unknown as Invoices }),
      fails: 'the processor works on the queue',
      says: /receipts/,
    },
    'when it can’t do what it takes': {
      bad: plugin(async () => {
        throw new PermanentError('no such order');
      }),
      fails: 'valid data 1 is processed, and its result survives the store',
      says: /the job is failed: no such order/,
    },
    'when it enqueues to a queue that it does not name': {
      bad: plugin(write, { enqueues: [] }),
      fails: 'valid data 1 is processed, and its result survives the store',
      says: /"receipts" is not registered/,
    },
    'when it enqueues to its own queue and does not name it': {
      bad: plugin(async (job, target) => {
        if (job.data.order > 0) await job.enqueue(invoices, { ...job.data, order: 0, due: undefined });
        return write(job, target);
      }),
      fails: 'valid data 1 is processed, and its result survives the store',
      says: /`enqueues` does not name/,
    },
    'when it does its work twice': {
      bad: plugin(async (job, target) => {
        const invoice = await target.write(`${written.size}`, job.data.email, job.signal);
        return { invoice };
      }),
      fails: 'valid data 1 is processed again after a crash at the end, and nothing is done twice',
      says: /done something again/,
    },
    'when a second run is too much for it': {
      bad: plugin(async (job, target) => {
        if (written.has('7')) throw new PermanentError('that invoice exists');
        return write(job, target);
      }),
      fails: 'valid data 1 is processed again after a crash at the end, and nothing is done twice',
      says: /that invoice exists/,
    },
    'when it can’t be started again': {
      bad: (() => {
        let open = 0;
        const start = () => {
          if (++open > 1) throw new Error('open already');
        };
        return plugin(write, { start });
      })(),
      fails: '`start` and `stop` may be called again',
      says: /open already/,
    },
    'when it swallows errors': {
      bad: plugin((job, target) => write(job, target).catch(() => ({ invoice: 'none' }))),
      fails: 'an error of a service fails the attempt with an Error, and is tried again',
      says: /swallows/,
    },
    'when it throws a text': {
      bad: plugin((job, target) =>
        write(job, target).catch((error: Error) => {
          throw error.name;
        }),
      ),
      fails: 'an error of a service fails the attempt with an Error, and is tried again',
      says: /no Error: Error/,
    },
    'when it gives up at the first error': {
      bad: plugin((job, target) =>
        write(job, target).catch(() => {
          throw new PermanentError('the ledger is away');
        }),
      ),
      fails: 'an error of a service fails the attempt with an Error, and is tried again',
      says: /failed after its first attempt/,
    },
    'when its onExhausted throws': {
      bad: plugin(write, {
        onExhausted: () => {
          throw new Error('nobody to tell');
        },
      }),
      fails: 'an error of a service fails the attempt with an Error, and is tried again',
      says: /onExhausted/,
    },
    'when it does not pass its signal on': {
      bad: plugin((job, target) =>
        target.write('7', job.data.email, new AbortController().signal).then((invoice) => ({ invoice })),
      ),
      fails: 'it ends when its signal aborts',
      says: /pass `job.signal` to every wait/,
    },
    'when what should hang does not': {
      bad: plugin(write, {}, { hanging: plugin().processor }),
      fails: 'it ends when its signal aborts',
      says: /does not hang/,
    },
    'when it never ends': {
      bad: plugin(
        async (job, target) => {
          await sleep(10_000, undefined, { signal: job.signal });
          return write(job, target);
        },
        {},
        { limit: 100 },
      ),
      fails: 'valid data 1 is processed, and its result survives the store',
      says: /had not ended after 100 ms/,
    },
    'when what its queue redacts is, in hex, in an address that it logs': {
      bad: plugin((job, target) => {
        job.logger.info(`GET https://ledger.example/?for=${Buffer.from(job.data.email).toString('hex')}`);
        return write(job, target);
      }),
      fails: 'what the queue redacts is in no log line, event or error',
      says: /\?for=<a redacted value>/,
    },
    'when what its queue redacts is a part of credentials in base64, in an error': {
      bad: plugin((job, target) =>
        write(job, target).catch(() => {
          const credentials = Buffer.from(`user:${job.data.email}:secret`).toString('base64');
          throw new Error(`No ledger for Basic ${credentials}`);
        }),
      ),
      fails: 'what the queue redacts is in no log line, event or error of a failure',
      says: /no ledger for basic \w+<a redacted value>/,
    },
    'when no valid data holds anything to redact': {
      bad: plugin(write, {}, { queue: Object.freeze({ ...invoices, redact: ['token'] }) }),
      fails: 'what the queue redacts is in no log line, event or error',
      says: /no `validData` has a text/,
    },
  };

  it.each(Object.entries(cases))('%s', async (_what, { bad, fails, says }) => {
    expect(await failure(bad, fails)).toMatch(says);
  });

  it('when the store turns its data, or its result, into something else', async () => {
    const notes = defineQueue({
      name: 'notes',
      schema: z.object({ note: z.any() }),
      result: z.object({ at: z.custom<Date>((value) => value instanceof Date) }),
    });
    const bad: PluginUnderTest<typeof notes> = {
      queue: notes,
      processor: () => defineProcessor({ queue: notes, process: () => ({ at: new Date() }) }),
      failing: 'uses no service',
      hanging: 'uses no service',
      validData: [{ note: new Map([['a', 1]]) }],
      invalidData: [{ data: 1, path: '(root)' }],
    };
    expect(await failure(bad, 'valid data 1 is taken, and read back as it was')).toMatch(/'note'/);
    expect(await failure(bad, 'valid data 1 is processed, and its result survives the store')).toMatch(/at: Invalid/);
    expect(pluginConformance(bad).map(({ name }) => name)).not.toContainEqual(expect.stringContaining('service'));
  });
});
