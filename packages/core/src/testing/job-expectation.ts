/** What a matcher looks for among the jobs that were added. */
import type { AnyQueueDefinition, DataInput, DataOutput, ResultOf } from '../queue/definition.js';
import { createRedactor } from '../queue/redact.js';
import { type Difference, differences, type Equals } from './data-differences.js';
import type { EnqueuedJob } from './enqueued-job.js';

/** Any part of a value, at any depth. Of a list all items are given, each in part. */
export type DeepPartial<T> = T extends Date
  ? Date | string
  : T extends readonly (infer Item)[]
    ? readonly DeepPartial<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
      : T;

/** The part of a job's data that a test cares about: fields as they were given to `add`, or as they are stored. */
export type PartialData<Q extends AnyQueueDefinition> = DeepPartial<DataInput<Q>> | DeepPartial<DataOutput<Q>>;

/** What else a test cares about. */
export interface ExpectedOptions extends Partial<EnqueuedJob['options']> {
  readonly id?: string;
  readonly state?: EnqueuedJob['state'];
  /** Exactly so many jobs. Default: at least one. */
  readonly times?: number;
}

/** For `toHaveCompleted`. */
export interface ExpectedCompletion<Q extends AnyQueueDefinition> extends Omit<ExpectedOptions, 'state'> {
  readonly result?: DeepPartial<ResultOf<Q>>;
}

/** For `toHaveFailed`. */
export interface ExpectedFailure extends Omit<ExpectedOptions, 'state'> {
  /** The message of the last attempt's error, or what it contains or matches. */
  readonly reason?: string | RegExp;
}

/** All that a matcher may be asked for. */
export interface Expectation {
  readonly data: unknown;
  readonly options: ExpectedOptions & { readonly result?: unknown; readonly reason?: string | RegExp };
}

/** A job and how it differs from what is looked for, in words: none when it is one of them. */
export interface Candidate {
  readonly job: EnqueuedJob;
  readonly differences: readonly string[];
}

/** Compares every job with the expectation. */
export function compare(
  queue: AnyQueueDefinition,
  jobs: readonly EnqueuedJob[],
  { data, options }: Expectation,
  equals: Equals,
): Candidate[] {
  const { times: _, id, state, result, reason, ...jobOptions } = options;
  const redactor = createRedactor(queue.redact);
  return jobs.map((job) => {
    const found: string[] = [];
    const look = (name: string, actual: unknown, expected: unknown) => {
      if (expected !== undefined) found.push(...differences(actual, expected, equals, [name]).map(describe));
    };
    look('id', job.id, id);
    look('state', job.state, state);
    for (const difference of data === undefined ? [] : differences(job.data, data, equals, ['data'])) {
      // Seen with the eyes of a log: what `redact` names is not in it.
      found.push(describe(clean(difference, redactor.data(job.data), redactor.data(data))));
    }
    look('options', job.options, jobOptions);
    look('result', job.result, result);
    if (reason !== undefined && !matchesReason(job.failedReason, reason)) {
      found.push(`reason: expected ${show(reason)}, was ${show(job.failedReason)}`);
    }
    return { job, differences: found };
  });
}

/** A value on one line, cut where it is long. */
export function show(value: unknown, limit = 300): string {
  const text = value instanceof RegExp ? String(value) : (JSON.stringify(value, showMatcher) ?? String(value));
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

/** Asymmetric matchers say what they are by their own text. */
function showMatcher(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof RegExp) return String(value);
  if (typeof value !== 'object' || value === null || !('asymmetricMatch' in value)) return value;
  return 'toAsymmetricMatcher' in value && typeof value.toAsymmetricMatcher === 'function'
    ? `<${String(value.toAsymmetricMatcher())}>`
    : `<${String(value)}>`;
}

function describe({ path, expected, actual }: Difference): string {
  const [first, ...rest] = path;
  const name = rest.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    String(first),
  );
  return `${name}: expected ${show(expected)}, was ${show(actual)}`;
}

function clean({ path }: Difference, actual: unknown, expected: unknown): Difference {
  const [, ...keys] = path;
  return { path, actual: at(actual, keys), expected: at(expected, keys) };
}

/** What is at a path; where the path ends early (the value above is redacted), what it ended with. */
function at(value: unknown, keys: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== 'object' || found === null) return found;
    found = Reflect.get(found, key);
  }
  return found;
}

function matchesReason(actual: string | undefined, expected: string | RegExp): boolean {
  if (actual === undefined) return false;
  return typeof expected === 'string' ? actual.includes(expected) : expected.test(actual);
}
