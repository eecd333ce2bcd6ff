/**
 * Jobs as the API shows them: without what the queue's `redact` names, and in a bounded size. Times are epoch ms.
 */

import { z } from 'zod';
import { defined } from '../../defined.js';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import type { QueueHandle } from '../../queue/handle.js';
import { createRedactor } from '../../queue/redact.js';
import type { JobView } from '../../queue/view.js';
import { readLogs } from './job-logs.js';
import { Previewer, truncated } from './previewer.js';

export const JOB_STATES = ['waiting', 'active', 'delayed', 'completed', 'failed', 'waiting-children'] as const;

export const jobSummary = z.object({
  id: z.string(),
  queue: z.string(),
  name: z.string().optional().describe('Of a job that BullMQ itself has added, where it is not that of the queue.'),
  state: z.enum(JOB_STATES),
  tenant: z.string().optional(),
  data: z.unknown(),
  progress: z.unknown(),
  attemptsMade: z.int(),
  maxAttempts: z.int(),
  starts: z.int().describe('How often a worker has taken it; 0 again after a retry by hand, as the next two.'),
  deaths: z.int().describe('Starts whose worker died, or lost the job.'),
  putOffs: z.int().describe('Starts after which it was put off or given back.'),
  priority: z.int(),
  delay: z.number(),
  createdAt: z.number(),
  startedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  failedReason: z.string().optional(),
  worker: z.string().optional().describe('Host and process that ran it last.'),
  truncated,
});
export type JobSummary = z.infer<typeof jobSummary>;

export const jobDetail = jobSummary.extend({
  result: z.unknown(),
  attempts: z.array(z.object({ attempt: z.int(), error: z.string() })).describe('The attempts that failed.'),
  logs: z.object({ lines: z.array(z.string()), total: z.int() }).describe('The first 200 lines.'),
  timings: z
    .object({ waited: z.number().optional(), ran: z.number().optional() })
    .describe('From adding to the last start, and from there to the end, ms.'),
});
export type JobDetail = z.infer<typeof jobDetail>;

/** A failed job in a few words. */
export const failedJob = z.object({
  id: z.string(),
  failedReason: z.string(),
  attemptsMade: z.int(),
  failedAt: z.number().optional(),
  data: z.unknown(),
  truncated,
});

/** What is shown of a job in a list. Bytes of JSON. */
const IN_LIST = { data: 4_000, progress: 1_000, failedReason: 2_000 } as const;

/** What is shown of one job by itself; less than 1 MB in all. Bytes of JSON. */
const ALONE = {
  data: 250_000,
  progress: 50_000,
  failedReason: 20_000,
  result: 250_000,
  attempts: 150_000,
  attempt: 20_000,
} as const;

/** Makes the form of a queue's jobs that may leave the process. */
export function createPresenter(queue: AnyQueueDefinition) {
  const redactor = createRedactor(queue.redact);
  const present = (job: JobView, limits: typeof IN_LIST | typeof ALONE, previewer: Previewer): JobSummary => {
    const { name, tenant, startedAt, finishedAt, failedReason, worker } = job;
    const hidden = redactor.of(job.data);
    return {
      id: job.id,
      queue: job.queue,
      ...defined({ name }),
      state: job.state,
      ...(tenant === undefined ? {} : { tenant: hidden.text(tenant) }),
      data: previewer.value('data', redactor.data(job.data), limits.data),
      progress: previewer.value('progress', hidden.anywhere(job.progress), limits.progress),
      attemptsMade: job.attemptsMade,
      maxAttempts: job.maxAttempts,
      starts: job.starts,
      deaths: job.deaths,
      putOffs: job.putOffs,
      priority: job.priority,
      delay: job.delay,
      createdAt: job.createdAt,
      ...defined({ startedAt, finishedAt }),
      ...(failedReason === undefined
        ? {}
        : { failedReason: previewer.text('failedReason', hidden.text(failedReason), limits.failedReason) }),
      ...defined({ worker }),
    };
  };
  const summary = (job: JobView): JobSummary => {
    const previewer = new Previewer();
    return { ...present(job, IN_LIST, previewer), ...previewer.said() };
  };
  const failed = (job: JobView): z.input<typeof failedJob> => {
    const previewer = new Previewer();
    const reason = redactor.text(job.failedReason ?? '', job.data);
    return {
      id: job.id,
      failedReason: previewer.text('failedReason', reason, IN_LIST.failedReason),
      attemptsMade: job.attemptsMade,
      ...defined({ failedAt: job.finishedAt }),
      data: previewer.value('data', redactor.data(job.data), IN_LIST.data),
      ...previewer.said(),
    };
  };
  const detail = async (handle: QueueHandle<AnyQueueDefinition>, job: JobView): Promise<JobDetail> => {
    const previewer = new Previewer();
    const hidden = redactor.of(job.data);
    const { createdAt, startedAt, finishedAt } = job;
    // A stack names files of the server: its first line alone is shown. Cut when it is redacted, as all is.
    const errors = job.stacktrace.map((stack) => hidden.text(stack).split('\n    at ')[0] ?? '');
    const shown = previewer.newest('attempts', errors, { each: ALONE.attempt, all: ALONE.attempts });
    const first = errors.length - shown.length + 1;
    return {
      ...present(job, ALONE, previewer),
      // A processor may have made it of its data: what is hidden there is hidden here.
      result: previewer.value('result', hidden.anywhere(job.result), ALONE.result),
      attempts: shown.map((error, index) => ({ attempt: first + index, error })),
      logs: await readLogs(handle, job.id, hidden.text, previewer),
      timings: {
        ...(startedAt === undefined ? {} : { waited: startedAt - createdAt }),
        ...(startedAt === undefined || finishedAt === undefined ? {} : { ran: finishedAt - startedAt }),
      },
      ...previewer.said(),
    };
  };
  return { summary, failed, detail };
}
