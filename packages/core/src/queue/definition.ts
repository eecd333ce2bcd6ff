/** `defineQueue`: a queue as data. Imported by producers and workers alike, so it pulls in no worker code. */

import type { z } from 'zod';
import { defined } from '../defined.js';
import type { Backoff, Keep } from '../engine/contract.js';
import { QueueDefinitionError } from '../errors.js';
import { optionsProblem, unknownOptions } from '../known-options.js';
import { nameProblem } from '../names.js';
import { checkDefaults, DEFAULTS, type JobDefaults, type RetentionLimit } from './job-options.js';
import { checkJsonSchema, containsTransform } from './json-schema-check.js';

/** So many starts in each window of `per` ms for one key. */
export interface RateLimit<Data> {
  /** Jobs with the same key share the limit: the platform's account, the tenant, or one constant for all. */
  readonly key: string | ((data: Data) => string);
  readonly max: number;
  /** ms */
  readonly per: number;
}

/**
 * Turns the data of a job into that of the next version.
 */
export type Migration = (data: unknown, job: MigratedJob) => unknown;

/** What a migration gets to know of the job besides its data. */
export interface MigratedJob {
  /** The queue's name; of a job that BullMQ itself has added, that of `queue.add(name, data)`. */
  readonly name: string;
}

/** What `defineQueue` takes. */
export interface QueueOptions<Name extends string, Schema extends z.ZodType, Result extends z.ZodType | undefined> {
  /** Unique in the store; letters, digits, `-`, `_` and `.`. */
  readonly name: Name;
  /** The shape of a job's data. Checked when a job is added and again when it runs. */
  readonly schema: Schema;
  /** The shape of what the processor returns. Without it a processor returns nothing. */
  readonly result?: Result;
  /** One sentence for people, shown by the monitoring API. */
  readonly description?: string;
  /**
   * Whose job it is. Needed for `fair`, and for the monitoring API to show each tenant only its own. Asked once, of the
   * parsed data, when a job is added or a schedule is written; the answer is kept with it, whatever becomes of this
   * function or of the data's `version`. An empty text, or none, is nobody.
   */
  readonly tenant?: (data: z.output<Schema>) => string;
  /** Tenants take turns, so that many jobs of one don't delay the few of another. Needs `tenant`. Default false. */
  readonly fair?: boolean;
  readonly rateLimit?: RateLimit<z.output<Schema>>;
  /** Dotted paths in the data (`customer.email`, `recipients.*.name`) that never leave the process. */
  readonly redact?: readonly string[];
  /** Version of the data's shape. Raise it when the shape changes, and give `migrate`. Default 1. */
  readonly version?: number;
  /**
   * `migrate[n]` turns data of version n into data of version n + 1, or into a promise of it. A job that BullMQ itself has
   * added is of version 1, and has the name that it was added with.
   */
  readonly migrate?: Readonly<Record<number, Migration>>;
  /**
   * How long a job may be put off by `RetryAfterError` in all, counted from when it was added or, if delayed, due. Then
   * it fails. ms, default 24 h.
   */
  readonly maxRetryAfter?: number;
  readonly defaults?: JobDefaults;
}

/** A defined queue. Made by {@link defineQueue} only. */
export interface QueueDefinition<
  Name extends string = string,
  Schema extends z.ZodType = z.ZodType,
  Result extends z.ZodType | undefined = z.ZodType | undefined,
> {
  readonly name: Name;
  readonly schema: Schema;
  readonly result: Result;
  readonly description: string | undefined;
  readonly tenant: ((data: z.output<Schema>) => string) | undefined;
  readonly fair: boolean;
  readonly rateLimit: RateLimit<z.output<Schema>> | undefined;
  readonly redact: readonly string[];
  readonly version: number;
  /** Those that were given; without a job they get the queue's name. */
  readonly migrate: Readonly<Record<number, (data: unknown, job?: MigratedJob) => unknown>>;
  readonly maxRetryAfter: number;
  readonly defaults: ResolvedDefaults;
  /** True when the schema turns its input into something else: then the input is stored, else the checked output. */
  readonly storesInput: boolean;
}

/** {@link JobDefaults} with nothing left open but `timeout`, which may be absent. */
export interface ResolvedDefaults {
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly timeout: number | undefined;
  readonly priority: number;
  /** In BullMQ's words: ages in seconds. */
  readonly completed: Keep;
  readonly failed: Keep;
}

// biome-ignore lint/suspicious/noExplicitAny: a definition is contravariant in its data, so only `any` accepts them all.
export type AnyQueueDefinition = QueueDefinition<string, any, any>;

/** What `add` takes for a queue. */
export type DataInput<Q extends AnyQueueDefinition> = z.input<Q['schema']>;
/** What a processor gets. */
export type DataOutput<Q extends AnyQueueDefinition> = z.output<Q['schema']>;
/** What a processor returns, and `waitFor` gives. `void` where the queue has no `result`. */
export type ResultOf<Q extends AnyQueueDefinition> = Q['result'] extends z.ZodType ? z.output<Q['result']> : void;
/** What a processor may return: before the result's schema has been applied. */
export type ResultInput<Q extends AnyQueueDefinition> = Q['result'] extends z.ZodType ? z.input<Q['result']> : void;

/** The names of the standard queues of a business-analytics product. */
export const QueueName = {
  DataSync: 'data-sync',
  InsightsGeneration: 'insights-generation',
  WebhookProcessing: 'webhook-processing',
  ReportGeneration: 'report-generation',
  EmailSending: 'email-sending',
  Alerts: 'alerts',
} as const;
export type QueueName = (typeof QueueName)[keyof typeof QueueName];

/** The first segments of the monitoring API's routes: a queue of that name could not be reached there. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'monitoring',
  'schedules',
  'workers',
  'events',
  'metrics',
  'health',
  'audit',
  'openapi.json',
  'plugins',
  'ui',
]);

const QUEUE_OPTIONS = Object.keys({
  name: true,
  schema: true,
  result: true,
  description: true,
  tenant: true,
  fair: true,
  rateLimit: true,
  redact: true,
  version: true,
  migrate: true,
  maxRetryAfter: true,
  defaults: true,
} satisfies Record<keyof QueueOptions<string, z.ZodType, undefined>, true>);

const RATE_LIMIT_OPTIONS = Object.keys({ key: true, max: true, per: true } satisfies Record<
  keyof RateLimit<unknown>,
  true
>);

const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const REDACT_PATTERN = /^[^.\s]+(\.[^.\s]+)*$/;

/**
 * Defines a queue: its name, the shape of its jobs, and how they are treated.
 *
 * @throws {QueueDefinitionError} for a name that can't be used, or options that contradict each other.
 * @example
 * ```ts
 * import { defineQueue } from '@bizinsights/jobs-core';
 * import { z } from 'zod';
 *
 * export const thumbnailQueue = defineQueue({
 *   name: 'thumbnails',
 *   schema: z.object({ organizationId: z.string(), imageId: z.string(), width: z.number().int().positive() }),
 *   result: z.object({ bytes: z.number() }),
 *   tenant: (data) => data.organizationId,
 *   defaults: { attempts: 3, backoff: { type: 'exponential', delay: 2_000 }, timeout: 60_000 },
 * });
 * ```
 */
export function defineQueue<
  const Name extends string,
  Schema extends z.ZodType,
  Result extends z.ZodType | undefined = undefined,
>(options: QueueOptions<Name, Schema, Result>): QueueDefinition<Name, Schema, Result> {
  const problem = optionsProblem(options);
  if (problem) throw new QueueDefinitionError(`defineQueue: the options ${problem}`);
  const { name, schema, result, tenant, fair = false, rateLimit, redact = [], version = 1, migrate = {} } = options;
  const { maxRetryAfter = DEFAULTS.maxRetryAfter, defaults = {} } = options;
  const refuse = (problem: string): never => {
    throw new QueueDefinitionError(`Queue "${name}": ${problem}`);
  };

  for (const [option, group] of Object.entries({ rateLimit, defaults })) {
    const problem = group === undefined ? undefined : optionsProblem(group);
    if (problem) refuse(`\`${option}\` ${problem}`);
  }
  const unknown = [
    ...unknownOptions(options, QUEUE_OPTIONS),
    ...unknownOptions(rateLimit, RATE_LIMIT_OPTIONS).map((one) => ({ ...one, name: `rateLimit.${one.name}` })),
  ];
  if (unknown.length > 0) refuse(unknown.map((one) => `unknown option \`${one.name}\`${one.hint}`).join('; '));
  if (typeof name !== 'string' || !NAME_PATTERN.test(name)) {
    refuse('the name must be 1 to 128 letters, digits, ".", "_" or "-", and begin with a letter or digit');
  }
  if (RESERVED_NAMES.has(name)) refuse('the monitoring API uses this name for a route; choose another one');
  if (!isSchema(schema)) refuse('`schema` must be a schema of zod');
  if (result !== undefined && !isSchema(result)) refuse('`result` must be a schema of zod');
  if (tenant !== undefined && typeof tenant !== 'function') refuse('`tenant` must be a function');
  if (typeof fair !== 'boolean') refuse('`fair` must be true or false');
  if (fair && !tenant) refuse('`fair` needs `tenant`, a function that tells whose job it is');
  if (fair && defaults.priority) refuse('`fair` sets the priorities itself; leave out `defaults.priority`');
  if (rateLimit) {
    const problem = typeof rateLimit.key === 'function' ? undefined : nameProblem(rateLimit.key);
    if (problem) refuse(`\`rateLimit.key\` ${problem}`);
    if (!isPositiveInteger(rateLimit.max)) refuse('`rateLimit.max` must be a whole number of at least 1');
    if (!isPositiveInteger(rateLimit.per)) refuse('`rateLimit.per` must be a whole number of ms of at least 1');
  }
  if (!Array.isArray(redact)) refuse('`redact` must be a list of dotted paths');
  for (const path of redact) {
    if (typeof path !== 'string' || !REDACT_PATTERN.test(path)) refuse(`"${path}" in \`redact\` is not a dotted path`);
  }
  if (typeof migrate !== 'object' || migrate === null) refuse('`migrate` must be an object of functions');
  if (!isPositiveInteger(version)) refuse('`version` must be a whole number of at least 1');
  for (let from = 1; from < version; from++) {
    if (typeof migrate[from] !== 'function') refuse(`\`version\` is ${version}, so \`migrate[${from}]\` is needed`);
  }
  if (!(typeof maxRetryAfter === 'number' && maxRetryAfter > 0)) refuse('`maxRetryAfter` must be above 0 ms');
  const wrong = checkDefaults(defaults).map(({ option, tell }) => tell(`\`defaults.${option}\``));
  if (wrong.length > 0) refuse(wrong.join('; '));
  for (const problem of checkJsonSchema(schema)) refuse(`\`schema\`: ${problem}`);
  if (result) for (const problem of checkJsonSchema(result)) refuse(`\`result\`: ${problem}`);

  return Object.freeze({
    name,
    schema,
    // The generic may be `undefined`, which an optional property cannot express without this widening.
    result: result as Result,
    description: options.description,
    tenant,
    fair,
    rateLimit,
    redact,
    version,
    migrate: withName(migrate, name),
    maxRetryAfter,
    defaults: resolveDefaults(defaults),
    storesInput: containsTransform(schema),
  });
}

function withName(migrate: Readonly<Record<number, Migration>>, name: string): AnyQueueDefinition['migrate'] {
  const steps = Object.keys(migrate).map(Number);
  return Object.fromEntries(
    steps.map((from) => [from, (data: unknown, job: MigratedJob = { name }) => migrate[from]?.(data, job)]),
  );
}

/** Retention in BullMQ's words. */
export function toKeep({ age, count }: RetentionLimit): Keep {
  if (age !== undefined) return { age: Math.ceil(age / 1_000), ...defined({ count }) };
  return count === undefined ? false : { count };
}

/** In whole ms: PostgreSQL takes no others, and a job whose next attempt could not be stored would hang. */
export function toWholeBackoff(backoff: Backoff): Backoff {
  return { ...backoff, delay: Math.ceil(backoff.delay) };
}

function resolveDefaults(defaults: JobDefaults): ResolvedDefaults {
  return {
    attempts: defaults.attempts ?? DEFAULTS.attempts,
    backoff: toWholeBackoff(defaults.backoff ?? DEFAULTS.backoff),
    timeout: defaults.timeout,
    priority: defaults.priority ?? DEFAULTS.priority,
    completed: toKeep(defaults.retention?.completed ?? DEFAULTS.completed),
    failed: toKeep(defaults.retention?.failed ?? DEFAULTS.failed),
  };
}

/** By what is used of it: the host may have another copy of zod than we. */
function isSchema(value: unknown): value is z.ZodType {
  return typeof value === 'object' && value !== null && 'safeParse' in value && typeof value.safeParse === 'function';
}

function isPositiveInteger(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1;
}
