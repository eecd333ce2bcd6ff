/**
 * Matchers for vitest (and for others with its `expect.extend`): `toHaveEnqueued`, `toHaveCompleted`, `toHaveFailed`.
 *
 * They need nothing of vitest when they are loaded, and its types only where it is there.
 */
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { Equals } from './data-differences.js';
import type { EnqueuedJob } from './enqueued-job.js';
import {
  compare,
  type Expectation,
  type ExpectedCompletion,
  type ExpectedFailure,
  type ExpectedOptions,
  type PartialData,
} from './job-expectation.js';
import { describeFailure } from './matcher-message.js';

declare global {
  // vitest's `Assertion` extends this interface, and jest's is it: so no types of either are needed here.
  namespace jest {
    interface Matchers<R, T> {
      /**
       * That a job with this data was added, whatever has become of it since. The data is compared in part, at any
       * depth, with asymmetric matchers such as `expect.any(String)`.
       *
       * @example
       * ```ts
       * expect(jobs).toHaveEnqueued(emailQueue, { to: 'ann@example.com' }, { delay: 60_000, times: 1 });
       * ```
       */
      toHaveEnqueued<Q extends AnyQueueDefinition>(queue: Q, data?: PartialData<Q>, options?: ExpectedOptions): R;
      /** That a job with this data has completed, with this part of its result if `result` is given. */
      toHaveCompleted<Q extends AnyQueueDefinition>(
        queue: Q,
        data?: PartialData<Q>,
        options?: ExpectedCompletion<Q>,
      ): R;
      /** That a job with this data has failed for good, for this reason if `reason` is given. */
      toHaveFailed<Q extends AnyQueueDefinition>(queue: Q, data?: PartialData<Q>, options?: ExpectedFailure): R;
    }
  }
}

/** What the matchers need of the runner that calls them. */
export interface MatcherContext {
  readonly isNot: boolean;
  readonly equals: Equals;
}

/** What a matcher answers. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What the matchers need of test jobs. */
interface Inspectable {
  enqueued(queue?: AnyQueueDefinition): EnqueuedJob[];
}

/**
 * For `expect.extend(jobsMatchers)`. Under vitest `createTestJobs` does that by itself.
 *
 * @example
 * ```ts
 * import { jobsMatchers } from '@bizinsights/jobs-core/testing';
 * expect.extend(jobsMatchers);
 * ```
 */
export const jobsMatchers = {
  toHaveEnqueued(
    this: MatcherContext,
    jobs: unknown,
    queue: AnyQueueDefinition,
    data?: unknown,
    options: ExpectedOptions = {},
  ): MatcherResult {
    return match(this, 'toHaveEnqueued', jobs, queue, { data, options });
  },
  toHaveCompleted(
    this: MatcherContext,
    jobs: unknown,
    queue: AnyQueueDefinition,
    data?: unknown,
    options: ExpectedCompletion<AnyQueueDefinition> = {},
  ): MatcherResult {
    return match(this, 'toHaveCompleted', jobs, queue, { data, options: { ...options, state: 'completed' } });
  },
  toHaveFailed(
    this: MatcherContext,
    jobs: unknown,
    queue: AnyQueueDefinition,
    data?: unknown,
    options: ExpectedFailure = {},
  ): MatcherResult {
    return match(this, 'toHaveFailed', jobs, queue, { data, options: { ...options, state: 'failed' } });
  },
};

function match(
  context: MatcherContext,
  matcher: keyof typeof jobsMatchers,
  jobs: unknown,
  queue: AnyQueueDefinition,
  expectation: Expectation,
): MatcherResult {
  if (!isInspectable(jobs)) {
    throw new TypeError(`expect(jobs).${matcher}(…) needs jobs that were made by createTestJobs`);
  }
  const candidates = compare(queue, jobs.enqueued(queue), expectation, (actual, expected) =>
    context.equals(actual, expected),
  );
  const found = candidates.filter(({ differences }) => differences.length === 0).length;
  const { times } = expectation.options;
  return {
    pass: times === undefined ? found > 0 : found === times,
    message: () => {
      const elsewhere = new Map<string, number>();
      for (const { queue: name } of jobs.enqueued()) {
        if (name !== queue.name) elsewhere.set(name, (elsewhere.get(name) ?? 0) + 1);
      }
      return describeFailure({ matcher, queue, expectation, candidates, elsewhere, isNot: context.isNot });
    },
  };
}

function isInspectable(jobs: unknown): jobs is Inspectable {
  return typeof jobs === 'object' && jobs !== null && 'enqueued' in jobs && typeof jobs.enqueued === 'function';
}

const extended = new WeakSet<object>();

/** Gives vitest's `expect` the matchers, where vitest runs: it keeps it under this symbol (`GLOBAL_EXPECT`). */
export function registerMatchers(): void {
  const expect: unknown = Reflect.get(globalThis, Symbol.for('expect-global'));
  if (typeof expect !== 'function' || extended.has(expect)) return;
  if (!('extend' in expect) || typeof expect.extend !== 'function') return;
  expect.extend(jobsMatchers);
  extended.add(expect);
}
