/** The runs of schedules in memory: each plans the one behind it when a worker takes it, as on BullMQ. */
import { type PlannedRun, type RunPlan, runId } from '../contract.js';
import { nextSlot } from '../recurrence.js';
import type { MemoryJob } from './job.js';

export interface MemoryRunsOptions {
  readonly now: () => number;
  readonly find: (id: string) => MemoryJob | undefined;
  /** Adds the run of a slot. */
  readonly add: (plan: RunPlan, slot: number) => void;
  readonly remove: (job: MemoryJob) => void;
}

interface Planned {
  plan: RunPlan;
  at: number;
}

export class MemoryRuns {
  readonly #options: MemoryRunsOptions;
  readonly #byKey = new Map<string, Planned>();

  constructor(options: MemoryRunsOptions) {
    this.#options = options;
  }

  planned(key: string): PlannedRun | undefined {
    const planned = this.#byKey.get(key);
    if (!planned) return undefined;
    const state = this.#options.find(runId(key, planned.at))?.state;
    const isLive = state !== undefined && state !== 'completed' && state !== 'failed' && state !== 'removed';
    return { at: planned.at, isLive };
  }

  plan(plan: RunPlan): void {
    this.unplan(plan.key);
    // No slot that is nearer than a second, as on the real stores.
    this.#planAfter(plan, this.#options.now() + 1_000);
  }

  refresh(plan: RunPlan, at: number): boolean {
    const planned = this.#byKey.get(plan.key);
    if (planned?.at !== at) return false;
    planned.plan = plan;
    const job = this.#options.find(runId(plan.key, at));
    if (job?.state === 'delayed' && job.attemptsStarted === 0) {
      this.#options.remove(job);
      this.#options.add(plan, at);
    }
    return true;
  }

  unplan(key: string): void {
    const planned = this.#byKey.get(key);
    if (!planned) return;
    this.#byKey.delete(key);
    const job = this.#options.find(runId(key, planned.at));
    if (job?.state === 'delayed') this.#options.remove(job);
  }

  /** A worker has taken a job. */
  taken(job: MemoryJob): void {
    const key = job.options.bizinsights?.schedule?.key;
    const planned = key === undefined ? undefined : this.#byKey.get(key);
    if (planned && job.id === runId(planned.plan.key, planned.at)) {
      this.#planAfter(planned.plan, Math.max(this.#options.now(), planned.at));
    }
  }

  /** Whether a job is the next run of a schedule. */
  isPlanned({ id, options }: MemoryJob): boolean {
    const key = options.bizinsights?.schedule?.key;
    const planned = key === undefined ? undefined : this.#byKey.get(key);
    return key !== undefined && planned !== undefined && id === runId(key, planned.at);
  }

  clear(): void {
    this.#byKey.clear();
  }

  /** In the first slot that is free: a run that was promoted by hand has its place still. */
  #planAfter(plan: RunPlan, after: number): void {
    let slot = nextSlot(plan.rhythm, after);
    while (slot !== undefined && this.#options.find(runId(plan.key, slot))) slot = nextSlot(plan.rhythm, slot);
    if (slot === undefined) return;
    this.#byKey.set(plan.key, { plan, at: slot });
    this.#options.add(plan, slot);
  }
}
