/** Calls `onExhausted`, once for each time that a job fails for good. */
import type { StateStore } from '../engine/contract.js';
import { patiently } from '../engine/patience.js';
import { toError } from '../errors.js';
import type { AttemptContext } from '../processor/context.js';
import type { AnyProcessorDefinition, ExhaustedJob } from '../processor/definition.js';
import { markKey } from '../queue/job-marks.js';

/** How long it matters that the call has been made: until the job is stored as failed, which a crash may put off. */
const MARK_TTL = 24 * 3_600_000;

/** What it needs of the runner. */
export interface ExhaustOptions {
  readonly processor: AnyProcessorDefinition;
  readonly environment: { readonly state: StateStore; readonly queue: { readonly name: string } };
  readonly onError: (error: Error) => void;
}

/** Calls it, unless it has been called before a crash that came before the job was stored as failed. */
export async function exhaust(
  options: ExhaustOptions & { readonly mayWait: () => boolean },
  context: AttemptContext,
  error: Error,
): Promise<void> {
  const { onExhausted } = options.processor;
  if (!onExhausted) return;
  const { state } = options.environment;
  const key = markKey('exhausted', context.queue, context.id);
  try {
    if (await patiently(() => state.exists(key), options.mayWait)) return;
    await onExhausted(toExhaustedJob(context), error);
    await context.flushLogs();
    await patiently(() => state.set(key, '1', MARK_TTL), options.mayWait);
  } catch (thrown) {
    options.onError(
      new Error(`onExhausted of queue "${context.queue}" failed for job "${context.id}"`, {
        cause: context.presentable(toError(thrown)),
      }),
    );
  }
}

/** The job is stored as failed: a retry by hand starts a new life, which may exhaust again. */
export async function forgetExhaustion(options: ExhaustOptions, id: string): Promise<void> {
  if (options.processor.onExhausted)
    await options.environment.state.delete(markKey('exhausted', options.environment.queue.name, id));
}

function toExhaustedJob(context: AttemptContext): ExhaustedJob {
  return {
    id: context.id,
    queue: context.queue,
    data: context.data,
    attempts: context.attempt,
    cache: context.cache,
    ...context.tools,
    // Asked for only by a handler that logs: it opens a child logger.
    get logger() {
      return context.logger;
    },
  };
}
