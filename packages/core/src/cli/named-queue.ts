/** Queues by names that only the user knows. */
import type { Jobs } from '../jobs-instance.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { QueueHandle } from '../queue/handle.js';
import { UsageError } from './answer.js';

/** @throws {UsageError} for a queue that is not there */
export function handle(jobs: Jobs, name: string): QueueHandle<AnyQueueDefinition> {
  return jobs.queue(known(jobs, name));
}

/** @throws {UsageError} naming the flag, if it was one */
export function known(jobs: Jobs, name: string, flag?: string): AnyQueueDefinition {
  const definition = jobs.queues.find((queue) => queue.name === name);
  if (definition) return definition;
  const names = jobs.queues.map((queue) => queue.name).join(', ');
  throw new UsageError(`${flag === undefined ? '' : `${flag}: `}there is no queue "${name}"; there are ${names}`);
}
