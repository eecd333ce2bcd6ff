/** The schedules of a processor as a source. */
import type { AnyProcessorDefinition } from '../processor/definition.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { ScheduleSource } from './reconcile.js';

/**
 * The name of the source under which workers reconcile the `schedules` of a queue's processor. For who can't wait for that:
 * under this name `reconcile` writes schedules that the workers then find as they want them.
 *
 * @example
 * ```ts
 * await jobs.scheduler.reconcile({
 *   name: processorSourceName(syncQueue),
 *   isPart: true, // the other schedules of the processor stay
 *   schedules: () => [{ key: 'sync:acme', queue: syncQueue, data: { id: 'acme' }, every: 7_200_000 }],
 * });
 * ```
 */
export function processorSourceName(queue: AnyQueueDefinition | string): string {
  return `processor ${typeof queue === 'string' ? queue : queue.name}`;
}

/** Undefined for a processor without schedules; one with an empty list wants none, and those that it had go. */
export function processorSource({ queue, schedules }: AnyProcessorDefinition): ScheduleSource<never> | undefined {
  if (!schedules) return undefined;
  return {
    name: processorSourceName(queue.name),
    async *schedules() {
      for await (const schedule of typeof schedules === 'function' ? await schedules() : schedules) {
        // `never`: what the host gives is checked before it is written, whatever its types say.
        yield { ...schedule, queue: queue.name } as never;
      }
    },
  };
}
