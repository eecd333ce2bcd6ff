/**
 * Ends completed jobs, and takes the next ones, by a script of ours: see own-scripts.ts. Where a job has a parent, children or a
 * deduplication, the queue has a limiter, or many earlier jobs are to be removed, BullMQ's is sent.
 *
 * Jobs that end at the same time go together: see end-batches.ts.
 */
import type { IQueueBackend, KeepJobs } from 'bullmq';
import { defined } from '../../../defined.js';
import { NOT_USUAL } from '../scripts/index.js';
import { EndBatches, type EndTerms } from './end-batches.js';
import type { OwnScripts } from './own-scripts.js';

/** What a job's end answers. */
type Answer = Awaited<ReturnType<IQueueBackend['moveToCompleted']>>;

/** Changes a backend of a worker, which runs so many jobs at once. */
export function endCompletedJobs(backend: IQueueBackend, scripts: OwnScripts, concurrency: number): void {
  const moveToCompleted = backend.moveToCompleted.bind(backend);
  // Nearly all jobs have the same one.
  let last: { readonly remove: object; readonly limits: ReturnType<typeof limitsOf> } | undefined;
  const knownLimitsOf = (remove: boolean | number | KeepJobs) => {
    if (typeof remove !== 'object') return limitsOf(remove);
    if (last?.remove !== remove) last = { remove, limits: limitsOf(remove) };
    return last.limits;
  };
  const batches = new EndBatches(concurrency, {
    one: (args) => scripts.send('bizinsightsEndCompleted', args),
    some: (args) => scripts.send('bizinsightsEndTogether', args),
  });

  backend.moveToCompleted = (job, value, remove, token, fetchNext) => {
    const limits = knownLimitsOf(remove);
    const byBullMq = () => moveToCompleted(job, value, remove, token, fetchNext);
    if (!scripts.isKnown('moveToFinished') || !limits || job.parent || job.opts.deduplication) return byBullMq();
    const result = JSON.stringify(value) ?? 'null';
    const isNextWanted = fetchNext && !backend.closing;
    return batches.end<Answer>(
      { id: job.id ?? '', token, result, isNextWanted },
      limits,
      (answer, finishedOn) => {
        if (answer === NOT_USUAL) return byBullMq();
        if (!Array.isArray(answer)) return { result: [], finishedOn };
        const next = scripts.nextJob(answer);
        return Array.isArray(next)
          ? { result: next, finishedOn }
          : next.then((found) => ({ result: found, finishedOn }));
      },
      (error) => {
        if (!scripts.wasForgotten(error)) throw error;
        return byBullMq();
      },
    );
  };
}

const [NONE, ALL]: readonly [EndTerms, EndTerms] = [{ count: '0' }, { count: '' }];

/** What the script takes for the number of earlier jobs to keep, and their age; undefined where that is not for it. */
function limitsOf(remove: boolean | number | KeepJobs): EndTerms | undefined {
  if (typeof remove === 'boolean') return remove ? NONE : ALL;
  const {
    count = -1,
    age,
    limit = 1,
  }: { count?: number; age?: number; limit?: number } = typeof remove === 'number' ? { count: remove } : remove;
  if (!Number.isInteger(count) || limit < 1 || (age !== undefined && !(age > 0))) return undefined;
  return { count: count < 0 ? '' : String(count && -count), ...defined({ age }) };
}
