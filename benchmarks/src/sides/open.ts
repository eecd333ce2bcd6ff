/** Each side by its name. A process loads its own alone. */
import type { Side, SideName, SideOptions } from '../side.js';

const OPENERS = {
  jobs: async ({ url, variant }) => (await import('./jobs.js')).openJobs(url, variant),
  plain: async ({ url }) => (await import('./plain.js')).openPlain(url),
  'bee-queue': async ({ url }) => (await import('./bee-queue.js')).openBeeQueue(url),
  groupmq: async ({ url, variant }) => (await import('./groupmq.js')).openGroupmq(url, variant),
  'pg-boss': async ({ url }) => (await import('./pg-boss.js')).openPgBoss(url),
  'graphile-worker': async ({ url }) => (await import('./graphile-worker.js')).openGraphileWorker(url),
} satisfies Record<SideName, (options: SideOptions) => Promise<Side>>;

export function openSide(options: SideOptions): Promise<Side> {
  return OPENERS[options.name](options);
}
