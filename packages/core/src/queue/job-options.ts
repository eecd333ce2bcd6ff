/**
 * The options of a job, and the defaults that a queue gives to all of its jobs. Each is one entry of a table: its type, its
 * check and its documentation. What an option becomes in the store: `options.ts`.
 */
import { z } from 'zod';
import { MAX_DELAY, MAX_PRIORITY } from '../engine/bounds.js';
import { BULLMQ_KEYS } from '../engine/bullmq/keys.js';
import type { Backoff } from '../engine/contract.js';
import { hintFor } from '../known-options.js';
import { nameProblem, shortNameProblem } from '../names.js';
import { MAX_TIMER } from '../timers.js';

type Fields = Readonly<Record<string, z.ZodType>>;

/** What a caller may write; an option that is absent is left out. */
type OptionsOf<Table extends Fields> = {
  readonly [Name in keyof Table]?: Exclude<z.input<Table[Name]>, undefined>;
};

/** What is wrong with an option. */
export interface OptionProblem {
  /** `backoff.delay` */
  readonly option: string;
  /** In words, by how the option is shown. */
  tell(shown: string): string;
}

const NO_PROBLEMS: readonly OptionProblem[] = [];

/** Made once for each table. Many jobs are added in a row: where all is well, nothing is copied. */
function createCheck(fields: Fields): (given: object) => readonly OptionProblem[] {
  const shapes = new Map(Object.entries(fields));
  const whole = z.strictObject(fields);
  return (given) => {
    const isFine = Object.keys(given).every((name) => shapes.get(name)?.safeParse(Reflect.get(given, name)).success);
    return isFine ? NO_PROBLEMS : problemsOf(whole, given);
  };
}

/** One for each option. */
function problemsOf(shape: z.ZodType, given: object): OptionProblem[] {
  const problems = new Map<string, OptionProblem>();
  const add = (path: readonly PropertyKey[], tell: OptionProblem['tell']) => {
    const option = path.join('.');
    if (!problems.has(option)) problems.set(option, { option, tell });
  };
  for (const issue of shape.safeParse(given).error?.issues ?? []) {
    const { path, message } = issue;
    if (issue.code !== 'unrecognized_keys') add(path, (shown) => `${shown} ${message}`);
    else {
      const known = namesAt(shape, path);
      for (const key of issue.keys) add([...path, key], (shown) => `unknown option ${shown}${hintFor(key, known)}`);
    }
  }
  return [...problems.values()];
}

/** The options that there are at a path. */
function namesAt(shape: unknown, path: readonly PropertyKey[]): string[] {
  if (shape instanceof z.ZodOptional) return namesAt(shape.unwrap(), path);
  if (!(shape instanceof z.ZodObject)) return [];
  const [next, ...rest] = path;
  return next === undefined ? Object.keys(shape.shape) : namesAt(Reflect.get(shape.shape, next), rest);
}

/** An option that is an object of options. */
const group = <Value extends object>(fields: Fields) =>
  // zod takes `undefined` for an option that is absent. Our types do not say so: a caller leaves it out.
  z.strictObject(fields, 'must be an object') as z.ZodType<Value, Value>;

/** One message, whatever is wrong with the number. */
const number = (least: number, most: number, error: string) => z.number({ error }).min(least, error).max(most, error);
const wholeNumber = (least: number, most: number, error: string) => z.int({ error }).min(least, error).max(most, error);

/** A text that nothing is wrong with. */
const text = (problemOf: (value: unknown) => string | undefined) =>
  z.custom<string>((value) => problemOf(value) === undefined, { error: ({ input }) => problemOf(input) });

const EMPTY = 'must not be empty';

/** A dot or two are steps in a URL, also when they are encoded: such a job could not be reached by the monitoring API. */
const STEPS_IN_URLS: ReadonlySet<string> = new Set(['.', '..']);

const MAX_COUNT = Number.MAX_SAFE_INTEGER;

const limitFields = {
  /** ms */
  age: z.custom<number>((age) => typeof age === 'number' && age >= 1_000, 'must be at least 1,000 ms').optional(),
  count: wholeNumber(0, MAX_COUNT, 'must be at least 0').optional(),
};

/** Either limit removes a job. An empty limit keeps it for ever. */
export interface RetentionLimit extends OptionsOf<typeof limitFields> {}

const retentionFields = {
  /** Completed jobs; `age` in ms, `count` is the number of jobs kept. Default: 24 h, 1,000 jobs. */
  completed: group<RetentionLimit>(limitFields).optional(),
  /** Failed jobs. Default: 7 days, no limit of the number. */
  failed: group<RetentionLimit>(limitFields).optional(),
};

/** How long finished jobs stay, by their end. */
export interface Retention extends OptionsOf<typeof retentionFields> {}

const backoffFields = {
  type: z.enum(['fixed', 'exponential'], 'must be "fixed" or "exponential"'),
  delay: number(0, Number.MAX_VALUE, 'must be at least 0 ms'),
  jitter: number(0, 1, 'must be from 0 to 1').optional(),
} satisfies Record<keyof Backoff, z.ZodType>;

const deduplicateFields = {
  key: text((key) => (key === '' ? EMPTY : nameProblem(key))),
  ttl: wholeNumber(1, MAX_COUNT, 'must be a whole number of ms above 0').optional(),
};

const reuseFields = {
  maxAge: number(1, MAX_DELAY, 'must be from 1 ms to ten years, in ms'),
  key: text((key) => (key === '' ? EMPTY : nameProblem(key))).optional(),
};

/** What a queue may give to all of its jobs. */
const defaultFields = {
  /** How often a job is tried in all. Default 3. */
  attempts: wholeNumber(1, MAX_COUNT, 'must be a whole number of at least 1').optional(),
  /** Wait before the next attempt. Default `{ type: 'exponential', delay: 2_000 }`: 2 s, 4 s, 8 s, … */
  backoff: group<Backoff>(backoffFields).optional(),
  /** Time limit of one attempt, ms. Default: none. */
  timeout: number(1, MAX_TIMER, 'must be 1 to 2,147,483,647 ms').optional(),
  /** Default 0: before all jobs that have one. Else 1 (first) to 2,097,151 (last). */
  priority: wholeNumber(0, MAX_PRIORITY, `must be a whole number from 0 to ${MAX_PRIORITY}`).optional(),
  retention: group<Retention>(retentionFields).optional(),
};

/** What a job alone may have. */
const ownFields = {
  /** Not before so many ms from now. Default 0. */
  delay: number(0, MAX_DELAY, 'must be from 0 to ten years, in ms').optional(),
  /**
   * One job a key: while one with this key waits or runs (or for `ttl` ms from when it was added), `add` adds nothing
   * and answers the id of that one, also when that is another tenant's: a key is the queue's, so put the tenant into it
   * where each is to have its own. A text of any length.
   */
  deduplicate: group<{ readonly key: string; readonly ttl?: number }>(deduplicateFields).optional(),
  /**
   * Job result caching: the job of equal data that was added with `reuse` before is given instead of a new one, where it
   * completed at most `maxAge` ms ago. `waitFor` answers its result at once. One that still waits or runs is given too, so
   * that ten equal `add` at once do the work once; one that has failed or was removed never is.
   *
   * Equal is what has the same data, or the same `key` where one is given (a text of any length), for the same tenant and
   * the same version of the queue's data. Not together with `id` or `deduplicate`.
   */
  reuse: group<{ readonly maxAge: number; readonly key?: string }>(reuseFields).optional(),
  /**
   * Your own id. Adding an id that exists adds nothing. A text of at most 512 bytes without ":", and no number alone;
   * nor one of the few names that BullMQ needs beside its jobs (`active`, `meta`, …), nor "." and "..".
   */
  id: text(idProblem).optional(),
};

/** What every job of a queue gets, unless `add` says otherwise. */
export interface JobDefaults extends OptionsOf<typeof defaultFields> {}

/** What `add` takes beside the data. All optional; an unknown one is a type error and a {@link JobOptionsError}. */
export interface JobOptions extends JobDefaults, OptionsOf<typeof ownFields> {}

/** What is wrong with the defaults of a queue. */
export const checkDefaults: (defaults: object) => readonly OptionProblem[] = createCheck(defaultFields);

/** What is wrong with the options of a job. */
export const checkJobOptions: (options: object) => readonly OptionProblem[] = createCheck({
  ...defaultFields,
  ...ownFields,
});

const HOUR = 3_600_000;

/** The defaults of the design page, in one place. Ages in ms. */
export const DEFAULTS = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 2_000 },
  priority: 0,
  completed: { age: 24 * HOUR, count: 1_000 },
  failed: { age: 7 * 24 * HOUR },
  maxRetryAfter: 24 * HOUR,
} as const satisfies JobDefaults & { completed: RetentionLimit; failed: RetentionLimit; maxRetryAfter: number };

/** What is wrong with an id of the caller's; undefined where it is right. */
function idProblem(id: unknown): string | undefined {
  const problem = id === '' ? EMPTY : shortNameProblem(id);
  if (problem || typeof id !== 'string') return problem;
  if (id.includes(':')) return 'must not have ":", with which keys are built';
  if (/^\d+$/.test(id)) return 'must not be a number alone: BullMQ gives those itself';
  if (STEPS_IN_URLS.has(id)) return `must not be "${id}", which cannot stand in a URL`;
  if (BULLMQ_KEYS.has(id)) return `must not be "${id}", under which BullMQ keeps something else of the queue`;
  return undefined;
}
