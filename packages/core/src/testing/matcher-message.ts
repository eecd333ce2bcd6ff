/** The message of a matcher that failed: what was looked for, and what was enqueued instead. */
import type { AnyQueueDefinition } from '../queue/definition.js';
import { createRedactor } from '../queue/redact.js';
import type { EnqueuedJob } from './enqueued-job.js';
import { type Candidate, type Expectation, show } from './job-expectation.js';

/** Jobs shown in full; a test that enqueues more wants their number. */
const SHOWN = 10;

/** What a message is made of. */
export interface MessageParts {
  readonly matcher: string;
  readonly queue: AnyQueueDefinition;
  readonly expectation: Expectation;
  /** All jobs of the queue. */
  readonly candidates: readonly Candidate[];
  /** How many jobs other queues have. */
  readonly elsewhere: ReadonlyMap<string, number>;
  readonly isNot: boolean;
}

export function describeFailure(parts: MessageParts): string {
  const { matcher, queue, expectation, candidates, elsewhere, isNot } = parts;
  const found = candidates.filter(({ differences }) => differences.length === 0);
  const lines = [`expect(jobs)${isNot ? '.not' : ''}.${matcher}(${wanted(matcher, queue, expectation)})`, ''];
  const { times } = expectation.options;
  if (isNot || found.length > 0) {
    lines.push(`Expected ${wantedNumber(times, isNot)}, found ${count(found.length)}:`);
    lines.push(...list(queue, found));
  } else if (candidates.length === 0) {
    lines.push(`Queue "${queue.name}" was given no job.`);
  } else {
    lines.push(`None of the ${count(candidates.length)} of queue "${queue.name}" is like that:`);
    lines.push(...list(queue, candidates));
    lines.push(...closest(candidates));
  }
  if (elsewhere.size > 0) {
    lines.push('', `Other queues: ${[...elsewhere].map(([name, jobs]) => `${name} ${jobs}`).join(', ')}`);
  }
  return lines.join('\n');
}

function wantedNumber(times: number | undefined, isNot: boolean): string {
  if (times === undefined) return isNot ? 'none' : 'some';
  return isNot ? `another number than ${times}` : count(times);
}

function wanted(matcher: string, queue: AnyQueueDefinition, { data, options }: Expectation): string {
  const shown = [JSON.stringify(queue.name)];
  const { state, ...others } = options;
  // The other matchers say the state by their names.
  const shownOptions = matcher === 'toHaveEnqueued' ? options : others;
  const hasOptions = Object.keys(shownOptions).length > 0;
  if (data !== undefined || hasOptions) shown.push(show(createRedactor(queue.redact).data(data ?? {})));
  if (hasOptions) shown.push(show(shownOptions));
  return shown.join(', ');
}

function list(queue: AnyQueueDefinition, candidates: readonly Candidate[]): string[] {
  const redactor = createRedactor(queue.redact);
  const lines = candidates.slice(0, SHOWN).flatMap(({ job }) => [
    `  ${job.id}  ${about(job)}`,
    `    ${show(redactor.data(job.data))}`,
    // The worker has taken out what `redact` names before it stored the reason.
    ...(job.failedReason === undefined ? [] : [`    failed: ${job.failedReason.split('\n')[0]}`]),
  ]);
  if (candidates.length > SHOWN) lines.push(`  … and ${candidates.length - SHOWN} more`);
  return lines;
}

/** The state, and the options that are not the default. */
function about({ state, options, attemptsMade, maxAttempts }: EnqueuedJob): string {
  const parts: string[] = [state];
  if (options.delay) parts.push(`delay ${options.delay} ms`);
  if (options.priority) parts.push(`priority ${options.priority}`);
  if (options.deduplicate) parts.push(`deduplicate ${show(options.deduplicate.key)}`);
  if (attemptsMade > 0) parts.push(`attempt ${attemptsMade} of ${maxAttempts}`);
  return parts.join(', ');
}

/** The job with the fewest differences, where there is one such. */
function closest(candidates: readonly Candidate[]): string[] {
  const fewest = Math.min(...candidates.map(({ differences }) => differences.length));
  const best = candidates.filter(({ differences }) => differences.length === fewest);
  const [first] = best;
  if (!first || (best.length > 1 && fewest > 1)) return [];
  return ['', `Closest is ${first.job.id}:`, ...first.differences.map((difference) => `  ${difference}`)];
}

function count(jobs: number): string {
  return jobs === 1 ? '1 job' : `${jobs} jobs`;
}
