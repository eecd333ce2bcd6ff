/** The schedules of a processor as a source. */
import type { AnyProcessorDefinition } from '../processor/definition.js';
import type { ScheduleSource } from './reconcile.js';

/** By which the schedules of a queue's processor are told from others. */
export const processorSourceName = (queue: string): string => `processor ${queue}`;

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
