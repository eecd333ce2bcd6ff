/** The case of what must not leave the process: nothing that `redact` names is seen outside. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { JobsEvents } from '../../events.js';
import type { Logger, LogMethod } from '../../logger.js';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import { withBench } from './bench.js';
import type { ConformanceCase, OpenProcessor, PluginUnderTest } from './plugin.js';

/** Shorter texts are in every log line by chance. */
const MIN_LENGTH = 4;

/** Places of a leak that are told: one that is logged is in several. */
const MAX_SHOWN = 3;

/** The events that carry more than ids and times. */
const EVENTS = [
  'job:progress',
  'job:failed',
  'job:exhausted',
  'worker:error',
] as const satisfies readonly (keyof JobsEvents)[];

export function redactionCases<Q extends AnyQueueDefinition>(plugin: PluginUnderTest<Q>): ConformanceCase[] {
  const { queue, processor, failing } = plugin;
  if (queue.redact.length === 0) return [];
  const check = (open: OpenProcessor<Q>) => () => checkRun(plugin, open);
  return [
    { name: 'what the queue redacts is in no log line, event or error', run: check(processor) },
    ...(failing === 'uses no service'
      ? []
      : [{ name: 'what the queue redacts is in no log line, event or error of a failure', run: check(failing) }]),
  ];
}

async function checkRun<Q extends AnyQueueDefinition>(
  plugin: PluginUnderTest<Q>,
  open: OpenProcessor<Q>,
): Promise<void> {
  const { queue, validData } = plugin;
  const secrets = new Set(validData.flatMap((data) => queue.redact.flatMap((path) => textsAt(data, path.split('.')))));
  assert.ok(secrets.size > 0, 'no `validData` has a text of 4 characters or more at a path of `redact`');
  const seen: string[] = [];
  const see = (what: string, value: unknown) => seen.push(`${what}: ${show(value)}`);
  await withBench(
    plugin,
    open,
    async (bench) => {
      for (const event of EVENTS) bench.jobs.events.on(event, (payload: unknown) => see(`event ${event}`, payload));
      const ids = await Promise.all(validData.map((data) => bench.add(data)));
      await bench.jobs.drain({ withDelayed: true });
      for (const id of ids) {
        const { failedReason, stacktrace, progress } = bench.job(id);
        see('failed reason', failedReason);
        see('stack', stacktrace);
        see('progress', progress);
        see('kept line', (await bench.jobs.queue(queue.name).logs(id, { limit: 1_000 })).lines);
      }
    },
    recordingLogger((value) => see('log line', value)),
  );
  // The secret itself is not told: the test's own output is a log too.
  const leaks = seen.flatMap((text) => [...secrets].flatMap(formsOf).flatMap((form) => hideIn(text, form)));
  if (leaks.length === 0) return;
  assert.fail(`a value that \`redact\` names is seen outside:\n${leaks.slice(0, MAX_SHOWN).join('\n')}`);
}

/** How a value may be dressed: as the library knows it, and as it does not, in hex or in base64 of something longer. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const known = [secret, encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('base64url')];
  return [...new Set([...known, bytes.toString('hex'), ...insideBase64(bytes)])];
}

/** Shorter ones are in any base64 by chance. Bytes. */
const MIN_INSIDE = 8;

/** What base64 makes of the bytes behind one, two or no other ones, without the characters that it shares with neighbours. */
function insideBase64(bytes: Buffer): string[] {
  if (bytes.length < MIN_INSIDE) return [];
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3));
  });
}

/** The text without the value, in capitals or not; nothing when it does not hold it. */
function hideIn(text: string, form: string): string[] {
  const parts = text.toLowerCase().split(form.toLowerCase());
  return parts.length > 1 ? [parts.join('<a redacted value>').slice(0, 500)] : [];
}

/** Everything that a log or a listener could show, with the causes of errors. */
function show(value: unknown): string {
  return inspect(value, {
    depth: 10,
    maxStringLength: null,
    maxArrayLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  });
}

function* walk(value: unknown, [key, ...rest]: readonly string[]): Generator<unknown> {
  if (key === undefined) yield value;
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) if (key === '*' || key === name) yield* walk(item, rest);
  }
}

/** The texts at a path of `redact`, at any depth below it. */
function textsAt(data: unknown, path: readonly string[]): string[] {
  const texts: string[] = [];
  const collect = (value: unknown) => {
    if (typeof value === 'string' && value.length >= MIN_LENGTH) texts.push(value);
    if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) collect(item);
  };
  for (const value of walk(data, path)) collect(value);
  return texts;
}

function recordingLogger(record: (value: unknown) => void): Logger {
  const method: LogMethod = (first: object | string, second?: string) => record([first, second]);
  const logger: Logger = {
    debug: method,
    info: method,
    warn: method,
    error: method,
    child(fields) {
      record(fields);
      return logger;
    },
  };
  return logger;
}
