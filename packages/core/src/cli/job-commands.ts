/** `bizinsights-jobs job`, `add` and `tail`: single jobs, as the monitoring API shows them. */
import { once } from 'node:events';
import { defined } from '../defined.js';
import type { QueueEvent } from '../engine/contract.js';
import { JobNotFoundError, toError } from '../errors.js';
import type { Jobs } from '../jobs-instance.js';
import { MONITORING } from '../monitoring/access.js';
import { createPresenter, type JobDetail } from '../monitoring/jobs/job-detail.js';
import { type Answer, type Flags, UsageError, wholeNumber } from './answer.js';
import type { Call } from './command-line.js';
import { handle, known } from './named-queue.js';
import { printable } from './printable.js';
import { stopSignal } from './stop-signal.js';

export async function showJob(jobs: Jobs, _flags: Flags, queue: string, id: string): Promise<Answer> {
  const found = handle(jobs, queue);
  const job = await found.get(id);
  if (!job) throw new JobNotFoundError(`Queue "${queue}" has no job "${id}"`);
  const value = await createPresenter(found.definition).detail(found, job);
  return { value, text: printable(describe(value)) };
}

function describe(job: JobDetail): string {
  const { logs } = job;
  const rows: (readonly [string, string | undefined])[] = [
    ['state', `${job.state}, ${job.attemptsMade} of ${job.maxAttempts} attempts made`],
    ['name', job.name],
    ['starts', `${job.starts}, ${job.deaths} ended by a worker's death, ${job.putOffs} put off or given back`],
    ['tenant', job.tenant],
    ['added', timeOf(job.createdAt)],
    ['started', timeOf(job.startedAt)],
    ['finished', timeOf(job.finishedAt)],
    ['worker', job.worker],
    ['data', JSON.stringify(job.data)],
    // The store has a 0 for none.
    ['progress', job.progress === 0 ? undefined : JSON.stringify(job.progress)],
    ['result', JSON.stringify(job.result)],
    ['error', job.failedReason],
    ...job.attempts.map(({ attempt, error }) => [`attempt ${attempt}`, error] as const),
    ['cut', job.truncated && `${Object.keys(job.truncated).join(', ')}: too long to be shown whole`],
  ];
  const shown = rows.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(10)}  ${text}`]));
  const more = logs.total > logs.lines.length ? [`… and ${logs.total - logs.lines.length} more`] : [];
  const log = logs.total === 0 ? [] : ['log', ...[...logs.lines, ...more].map((line) => `  ${line}`)];
  return [`${job.queue} ${job.id}`, ...shown, ...log].join('\n');
}

function timeOf(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}

export async function addJob(jobs: Jobs, { id, delay }: Flags, queue: string, json: string): Promise<Answer> {
  const options = { id, delay: delay === undefined ? undefined : wholeNumber('--delay', delay) };
  const added = await handle(jobs, queue).add(parse(json), defined(options));
  return { value: added, text: `${queue}: job ${added.id} added` };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (thrown) {
    // Node's message quotes the text, which may hold a secret: its position is enough.
    const at = /position \d+/.exec(toError(thrown).message)?.[0];
    throw new UsageError(`The data is not JSON${at ? ` (${at})` : ''}. In a shell: '{"name":"Ann"}'`);
  }
}

export async function tailQueue(call: Call): Promise<undefined> {
  const [queue = ''] = call.subjects;
  const ended = stopSignal(call.signal);
  const jobs = await call.jobs();
  const definition = known(jobs, queue);
  const { summary } = createPresenter(definition);
  const { flags, out, error } = call;
  const write = async ({ kind, jobId }: QueueEvent) => {
    const at = new Date().toISOString();
    const job = kind === 'failed' ? await jobs.queue(definition).get(jobId) : undefined;
    const reason = job && summary(job).failedReason;
    const event = { at, queue, event: kind, id: jobId, ...defined({ reason }) };
    const words = [at, kind.padEnd(9), jobId, ...(reason === undefined ? [] : [reason.replace(/\s+/g, ' ')])];
    out(flags.json ? JSON.stringify(event) : printable(words.join('  ')));
  };
  const report = (problem: Error) => error(problem.message);
  const feed = jobs[MONITORING].engine.events([queue], report);
  // One after the other: the reason of a failure is looked up.
  let writing = Promise.resolve();
  const stop = await feed.follow(await feed.now(), (event) => {
    writing = writing.then(() => write(event)).catch((thrown) => report(toError(thrown)));
  });
  if (!flags.json) error(`Following ${queue}. Ctrl-C ends it.`);
  if (!ended.aborted) await once(ended, 'abort');
  await stop();
  await writing;
  return undefined;
}
