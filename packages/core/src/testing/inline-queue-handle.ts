/** A queue handle whose `add` runs the job before it answers. */
import type { AnyQueueDefinition, DataInput } from '../queue/definition.js';
import { type AddedJob, type NewJobEntry, QueueHandle, type QueueHandleContext } from '../queue/handle.js';
import type { JobOptions } from '../queue/job-options.js';

export class InlineQueueHandle<Q extends AnyQueueDefinition> extends QueueHandle<Q> {
  readonly #run: (id: string) => Promise<void>;

  /** @param run runs the job as far as it is due */
  constructor(definition: Q, context: QueueHandleContext, run: (id: string) => Promise<void>) {
    super(definition, context);
    this.#run = run;
  }

  override async add(data: DataInput<Q>, options?: JobOptions): Promise<AddedJob> {
    const added = await super.add(data, options);
    await this.#run(added.id);
    return added;
  }

  override async addMany(entries: readonly NewJobEntry<Q>[]): Promise<AddedJob[]> {
    const added = await super.addMany(entries);
    for (const { id } of added) await this.#run(id);
    return added;
  }
}
