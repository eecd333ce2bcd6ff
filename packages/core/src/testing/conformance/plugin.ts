/** What a plugin gives the conformance suite. */
import type { ProcessorDefinition } from '../../processor/definition.js';
import type { AnyQueueDefinition, DataInput } from '../../queue/definition.js';

/** A processor, made anew for each case as a host makes it, on services that the plugin's test brings. */
export type OpenProcessor<Q extends AnyQueueDefinition> = () =>
  | ProcessorDefinition<Q>
  | Promise<ProcessorDefinition<Q>>;

/** The plugin under test. */
export interface PluginUnderTest<Q extends AnyQueueDefinition> {
  /** Its contract, as `./queue` exports it. */
  readonly queue: Q;
  /** On services that work. What the cases before have left in them must not be there any more. */
  readonly processor: OpenProcessor<Q>;
  /** On services of which the first that it needs fails with an error that a later attempt may not have. */
  readonly failing: OpenProcessor<Q> | 'uses no service';
  /** On services that never answer, and end only when the `signal` that they are given aborts. */
  readonly hanging: OpenProcessor<Q> | 'uses no service';
  /** What `add` takes and the processor can do: one of each kind that there is. */
  readonly validData: readonly [DataInput<Q>, ...DataInput<Q>[]];
  /** What `add` has to refuse, each with the path of its problem, such as `attachments[0].filename` or `(root)`. */
  readonly invalidData: readonly [InvalidData, ...InvalidData[]];
  /** Data as earlier versions of the queue have stored it: at least one for each version. Needed when `version` is above 1. */
  readonly olderData?: readonly { readonly version: number; readonly data: unknown }[];
  /**
   * What the jobs have done so far in the services of the last `processor()`: the mails that were sent, the rows that
   * were written. A copy that `assert.deepEqual` can compare.
   */
  readonly effects?: () => unknown;
  /** What a case may take, ms. Default 5,000. */
  readonly limit?: number;
}

/** Data that does not fit, and where. */
export interface InvalidData {
  readonly data: unknown;
  readonly path: string;
}

/** One case of the suite, for any test runner. It rejects with an `AssertionError` that says what is wrong. */
export interface ConformanceCase {
  readonly name: string;
  run(): Promise<void>;
}
