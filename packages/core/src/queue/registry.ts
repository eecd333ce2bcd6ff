/** The queues of one `createJobs`, by name. */
import { QueueDefinitionError, UnknownQueueError } from '../errors.js';
import type { AnyQueueDefinition } from './definition.js';

/** Knows every queue once. */
export class QueueRegistry {
  readonly #byName = new Map<string, AnyQueueDefinition>();

  /** @throws {QueueDefinitionError} when two queues have one name, or what is given is no list of queues. */
  constructor(queues: readonly AnyQueueDefinition[]) {
    if (!Array.isArray(queues)) throw new QueueDefinitionError('`queues` must be a list of queues');
    for (const [index, queue] of queues.entries()) {
      if (typeof queue?.name !== 'string') {
        throw new QueueDefinitionError(
          `\`queues[${index}]\` must be a queue made by defineQueue; modules that import each other may leave it undefined`,
        );
      }
      if (this.#byName.has(queue.name)) {
        throw new QueueDefinitionError(`Queue "${queue.name}" is given twice in \`queues\`; a name is for one queue`);
      }
      this.#byName.set(queue.name, queue);
    }
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  get all(): AnyQueueDefinition[] {
    return [...this.#byName.values()];
  }

  /**
   * The registered definition. Looked up by name: a package that is loaded twice (once as ESM, once as CommonJS) gives
   * two equal definitions.
   *
   * @throws {UnknownQueueError} naming the queues that there are.
   */
  get(queue: AnyQueueDefinition | string): AnyQueueDefinition {
    // Modules that import each other may leave a queue undefined.
    const name = typeof queue === 'string' ? queue : queue?.name;
    const known = this.#byName.get(name);
    if (!known) {
      const names = this.names.map((one) => `"${one}"`).join(', ') || 'none';
      throw new UnknownQueueError(
        `Queue "${name}" is not registered. Add it to createJobs({ queues }); known: ${names}`,
      );
    }
    return known;
  }
}
