import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { QueueDefinitionError } from '../errors.js';
import { type DataInput, type DataOutput, defineQueue, QueueName, type ResultOf } from './definition.js';
import { DEFAULTS } from './job-options.js';

const schema = z.object({ tenant: z.string(), n: z.number().default(1) });

/** What the types refuse, as plain JavaScript has it. */
const untyped = (options: object): { fair?: boolean } => options;

describe('defineQueue', () => {
  it('gives every job the defaults of the design', () => {
    const queue = defineQueue({ name: 'plain', schema });
    expect(queue.defaults).toEqual({
      attempts: 3,
      backoff: { type: 'exponential', delay: 2_000 },
      timeout: undefined,
      priority: 0,
      completed: { age: 24 * 3_600, count: 1_000 },
      failed: { age: 7 * 24 * 3_600 },
    });
    expect(queue).toMatchObject({ version: 1, fair: false, redact: [], maxRetryAfter: DEFAULTS.maxRetryAfter });
  });

  it('turns an empty retention into keeping for ever, and ages into whole seconds', () => {
    const { defaults } = defineQueue({
      name: 'kept',
      schema,
      defaults: { retention: { completed: {}, failed: { age: 1_500, count: 5 } } },
    });
    expect(defaults.completed).toBe(false);
    expect(defaults.failed).toEqual({ age: 2, count: 5 });
  });

  it('keeps the name as a literal type, and infers input, output and result', () => {
    const queue = defineQueue({ name: 'typed', schema, result: z.object({ bytes: z.number() }) });
    expectTypeOf(queue.name).toEqualTypeOf<'typed'>();
    expectTypeOf<DataInput<typeof queue>>().toEqualTypeOf<{ tenant: string; n?: number | undefined }>();
    expectTypeOf<DataOutput<typeof queue>>().toEqualTypeOf<{ tenant: string; n: number }>();
    expectTypeOf<ResultOf<typeof queue>>().toEqualTypeOf<{ bytes: number }>();
    const silent = defineQueue({ name: 'silent', schema });
    expectTypeOf<ResultOf<typeof silent>>().toEqualTypeOf<void>();
  });

  // Those of its routes: monitoring/routes.test.ts.
  it.each(['monitoring', 'plugins', 'ui'])('refuses the name "%s", which the monitoring API uses', (name) => {
    expect(() => defineQueue({ name, schema })).toThrow(/the monitoring API uses this name/);
  });

  it.each(['', 'with:colon', 'with space', '-dash', 'ünïcode', 'x'.repeat(129), 'a/b'])(
    'refuses the name "%s"',
    (name) => {
      expect(() => defineQueue({ name, schema })).toThrow(QueueDefinitionError);
    },
  );

  it.each(Object.values(QueueName))('accepts the standard name "%s"', (name) => {
    expect(defineQueue({ name, schema }).name).toBe(name);
  });

  it.each([
    ['fair without tenant', { fair: true }, /`fair` needs `tenant`/],
    [
      'fair with a priority',
      { fair: true, tenant: () => 't', defaults: { priority: 1 } },
      /`fair` sets the priorities/,
    ],
    ['a version without its migration', { version: 3, migrate: { 1: (d: unknown) => d } }, /`migrate\[2\]` is needed/],
    ['version 0', { version: 0 }, /`version` must be/],
    ['a limit of none', { rateLimit: { key: 'k', max: 0, per: 1 } }, /`rateLimit.max`/],
    ['a limit without a window', { rateLimit: { key: 'k', max: 1, per: 0.5 } }, /`rateLimit.per`/],
    ['no attempt', { defaults: { attempts: 0 } }, /`defaults.attempts` must be/],
    ['a time limit that overflows timers', { defaults: { timeout: 2 ** 31 } }, /`defaults.timeout`/],
    ['jitter above 1', { defaults: { backoff: { type: 'fixed', delay: 1, jitter: 2 } } }, /`defaults.backoff.jitter`/],
    [
      'a retention below a second',
      { defaults: { retention: { failed: { age: 5 } } } },
      /`defaults.retention.failed.age`/,
    ],
    ['a redact path with a gap', { redact: ['a..b'] }, /not a dotted path/],
    ['no time to come back', { maxRetryAfter: 0 }, /`maxRetryAfter`/],
    ['`fair` that is no truth', { fair: 'yes' }, /`fair` must be true or false/],
    ['a schema that is none', { schema: { type: 'object' } }, /`schema` must be a schema of zod/],
    ['a result that is none', { result: null }, /`result` must be a schema of zod/],
    ['the name of a field for `tenant`', { tenant: 'tenant' }, /`tenant` must be a function/],
    ['one text for `redact`, which would hide nothing', { redact: 'email' }, /`redact` must be a list/],
    ['a number in `redact`', { redact: [1] }, /"1" in `redact` is not a dotted path/],
    ['null for `defaults`', { defaults: null }, /`defaults` must be an object, not null/],
    ['a list for `defaults`', { defaults: [] }, /`defaults` must be an object, not a list/],
    ['a number for `defaults`', { defaults: 3 }, /`defaults` must be an object, not of type number/],
    ['null for `rateLimit`', { rateLimit: null }, /`rateLimit` must be an object, not null/],
    ['null for `migrate`', { migrate: null }, /`migrate` must be an object of functions/],
    ['a text for `maxRetryAfter`', { maxRetryAfter: '5' }, /`maxRetryAfter` must be above 0 ms/],
  ] as const)('refuses %s, and says what to do', (_case, options, message) => {
    expect(() => defineQueue({ name: 'wrong', schema, ...untyped(options) })).toThrow(message);
  });

  it.each([
    ['nmae', { nmae: 'typo' }, 'name'],
    ['descripton', { descripton: 'Thumbnails' }, 'description'],
    ['rateLimit.mx', { rateLimit: { key: 'all', mx: 1, max: 1, per: 1 } }, 'max'],
    ['defaults.attempt', { defaults: { attempt: 5 } }, 'attempts'],
    ['defaults.backoff.dealy', { defaults: { backoff: { type: 'fixed', delay: 1, dealy: 1 } } }, 'delay'],
    ['defaults.retention.complete', { defaults: { retention: { complete: { age: 1_000 } } } }, 'completed'],
    ['defaults.retention.failed.cuont', { defaults: { retention: { failed: { cuont: 1 } } } }, 'count'],
  ])('refuses the unknown option `%s`, and names the one that was meant', (option, options, meant) => {
    const define = () => defineQueue({ name: 'mistyped', schema, ...untyped(options) });
    expect(define).toThrow(QueueDefinitionError);
    expect(define).toThrow(`Queue "mistyped": unknown option \`${option}\`: did you mean "${meant}"?`);
  });

  it.each(['constructor', 'toString', '__proto__'])('refuses the option `%s`, which every object has', (name) => {
    const options: object = JSON.parse(`{"${name}":1}`);
    expect(() => defineQueue({ name: 'odd', schema, ...untyped({ defaults: options }) })).toThrow(
      `unknown option \`defaults.${name}\``,
    );
    const all = Object.defineProperty({ name: 'odd', schema }, name, { value: 1, enumerable: true });
    expect(() => defineQueue(all)).toThrow(`unknown option \`${name}\``);
  });

  it.each([null, undefined, 'thumbnails', []])('refuses %j for its options', (options) => {
    expect(() => Reflect.apply(defineQueue, undefined, [options])).toThrow(
      expect.objectContaining({ code: 'QUEUE_INVALID' }),
    );
  });

  it('lists all unknown options, and refuses what is no object', () => {
    const define = (defaults: object) => defineQueue({ name: 'mistyped', schema, ...untyped({ defaults }) });
    expect(() => define({ attempt: 5, prio: 1 })).toThrow(/option `defaults.attempt`.*unknown option `defaults.prio`/);
    expect(() => define({ backoff: 2_000 })).toThrow('`defaults.backoff` must be an object');
    expect(() => define({ backoff: null })).toThrow('`defaults.backoff` must be an object');
    expect(() => define({ backoff: { type: 'fixed' } })).toThrow('`defaults.backoff.delay` must be at least 0 ms');
  });

  it.each([
    ['z.date()', z.object({ at: z.date() }), /z\.coerce\.date\(\) \(at "at"\)/],
    ['z.map()', z.object({ deep: z.array(z.object({ m: z.map(z.string(), z.string()) })) }), /at "deep\.\*\.m"/],
    ['z.bigint()', z.union([z.string(), z.bigint()]), /z\.bigint\(\)/],
    ['z.set()', z.record(z.string(), z.set(z.string())), /z\.set\(\)/],
  ])('refuses %s, which JSON would lose', (_type, lossy, message) => {
    expect(() => defineQueue({ name: 'lossy', schema: lossy })).toThrow(message);
  });

  it('follows a schema that contains itself, and accepts coerced dates', () => {
    interface Node {
      readonly at: Date;
      readonly children: Node[];
    }
    const node: z.ZodType<Node> = z.lazy(() => z.object({ at: z.coerce.date(), children: z.array(node) }));
    expect(() => defineQueue({ name: 'tree', schema: node })).not.toThrow();
  });

  it('stores the input of a schema that transforms, so that it is transformed once', () => {
    expect(defineQueue({ name: 'plain', schema }).storesInput).toBe(false);
    expect(defineQueue({ name: 'piped', schema: z.object({ n: z.string().transform(Number) }) }).storesInput).toBe(
      true,
    );
  });
});
