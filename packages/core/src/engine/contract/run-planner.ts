/** The runs of schedules in one queue: planned, changed and ended. */
import type { Rhythm } from '../recurrence.js';
import type { StoredOptions } from './stored-job.js';

/** What makes the runs of a schedule: each run plans the next one when a worker takes it. */
export interface RunPlan {
  readonly key: string;
  readonly rhythm: Rhythm;
  readonly data: unknown;
  readonly options: StoredOptions;
}

/** The next run of a schedule as the store has it. */
export interface PlannedRun {
  /** Its slot, epoch ms. */
  readonly at: number;
  /** It waits, is delayed or runs. When it has ended or is gone, no other one comes by itself: the chain is broken. */
  readonly isLive: boolean;
}

export interface RunPlanner {
  /** The next runs of schedules by their keys, in one round trip; undefined for one that has no plan here. */
  plannedRuns(keys: readonly string[]): Promise<(PlannedRun | undefined)[]>;
  /**
   * Plans schedules anew: the next run is in the first free slot from a second on, and what was planned is dropped. One
   * whose rhythm has ended keeps no plan.
   */
  planRuns(plans: readonly RunPlan[]): Promise<void>;
  /**
   * Gives plans new data and options, and leaves their slots as they are. Answers for each whether it was there. `at` is
   * the slot that was found.
   */
  refreshRuns(plans: readonly (RunPlan & { readonly at: number })[]): Promise<boolean[]>;
  /** Ends schedules: nothing is planned any more. What waits to be taken now stays. */
  unplanRuns(keys: readonly string[]): Promise<void>;
}

/** The key of a schedule that ends as a run's id does, or as what is kept beside a run; or as one that is marked. */
const LIKE_A_RUN = /:\d{13}(:[a-z]+)?$|~$/;

/**
 * What BullMQ knows a schedule by. On Redis it keeps the plan of `daily` at `repeat:daily`, and its run at
 * `repeat:daily:1764356400000`: a schedule whose key is `daily:1764356400000` is marked, so that its plan is another one.
 */
export function plannerId(key: string): string {
  return LIKE_A_RUN.test(key) ? `${key}~` : key;
}

/** The key of the schedule that BullMQ knows by {@link plannerId}. */
export function keyOfPlanner(planner: string): string {
  return planner.endsWith('~') ? planner.slice(0, -1) : planner;
}

/** The id of a planned run: BullMQ's own form. */
export function plannedRunId(planner: string, slot: number): string {
  return `repeat:${planner}:${slot}`;
}

/** The id of a schedule's run. */
export function runId(key: string, slot: number): string {
  return plannedRunId(plannerId(key), slot);
}
