/** The queues of the soak, and the settings that its processes are started with. */
import { defineQueue } from '@bizinsights/jobs-core';
import { z } from 'zod';

/** One job: two guarded effects with a pause before each. */
export const workQueue = defineQueue({
  name: 'work',
  schema: z.object({
    /** What the ledger knows the job by, before it has an id. */
    ref: z.string(),
    /** All pauses together. */
    ms: z.number(),
    /** The first attempt fails between the two effects. */
    failsFirst: z.boolean(),
  }),
  // All are kept: an id that is added once more finds its job, however much later.
  defaults: { attempts: 3, backoff: { type: 'fixed', delay: 100 }, retention: { completed: {}, failed: {} } },
});

/** The runs of schedules of every second. */
export const tickQueue = defineQueue({
  name: 'ticks',
  schema: z.object({ key: z.string() }),
  defaults: { attempts: 3, backoff: { type: 'fixed', delay: 100 } },
});

/** What the first attempts of some jobs fail with by intent. */
export const PLANNED_FAILURE = 'the first attempt fails by intent';

/** The keys of the schedules. */
export const TICKS = ['tick-0', 'tick-1', 'tick-2'] as const;

const Settings = z.object({
  url: z.string(),
  /** How many replicas have to have what is added before it counts as added. */
  replicas: z.number().optional(),
  prefix: z.string(),
  /** Where the ledger is. */
  folder: z.string(),
  /** Of the process, and so of its file in the ledger. */
  name: z.string(),
  seed: z.number(),
  lockDuration: z.number(),
  stalledInterval: z.number(),
});

/** What a process of the soak is started with. Times in ms. */
export type ProcessSettings = z.output<typeof Settings>;

/** The store of a process. */
export function connectionOf({ url, replicas }: Pick<ProcessSettings, 'url' | 'replicas'>) {
  return replicas === undefined ? url : { url, acknowledge: { replicas } };
}

export function readSettings(): ProcessSettings {
  // Whoever started it is gone when its end of the pipe is closed: then nobody would end this process.
  process.stdin.on('end', () => process.exit(1)).resume();
  return Settings.parse(JSON.parse(process.env.SOAK ?? '{}'));
}
