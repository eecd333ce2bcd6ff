/** Jobs as the API shows them: without what the queue's `redact` names. Times are epoch ms. */
import { z } from 'zod';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { QueueHandle } from '../queue/handle.js';
import { createRedactor } from '../queue/redact.js';
import type { JobView } from '../queue/view.js';

export const JOB_STATES = ['waiting', 'active', 'delayed', 'completed', 'failed', 'waiting-children'] as const;

export const jobSummary = z.object({
  id: z.string(),
  queue: z.string(),
  state: z.enum(JOB_STATES),
  tenant: z.string().optional(),
  data: z.unknown(),
  progress: z.unknown(),
  attemptsMade: z.int(),
  maxAttempts: z.int(),
  priority: z.int(),
  delay: z.number(),
  createdAt: z.number(),
  startedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  failedReason: z.string().optional(),
  worker: z.string().optional().describe('Host and process that ran it last.'),
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

const SHOWN_LINES = 200;

/** Makes the form of a queue's jobs that may leave the process. */
export function createPresenter(queue: AnyQueueDefinition) {
  const redactor = createRedactor(queue.redact);
  const summary = (job: JobView): JobSummary => {
    const { tenant, startedAt, finishedAt, failedReason, worker } = job;
    return {
      id: job.id,
      queue: job.queue,
      state: job.state,
      ...(tenant === undefined ? {} : { tenant: redactor.text(tenant, job.data) }),
      data: redactor.data(job.data),
      progress: redactor.anywhere(job.progress, job.data),
      attemptsMade: job.attemptsMade,
      maxAttempts: job.maxAttempts,
      priority: job.priority,
      delay: job.delay,
      createdAt: job.createdAt,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(finishedAt === undefined ? {} : { finishedAt }),
      ...(failedReason === undefined ? {} : { failedReason: redactor.text(failedReason, job.data) }),
      ...(worker === undefined ? {} : { worker }),
    };
  };
  const detail = async (handle: QueueHandle<AnyQueueDefinition>, job: JobView): Promise<JobDetail> => {
    const { lines, total } = await handle.logs(job.id, { limit: SHOWN_LINES });
    const { createdAt, startedAt, finishedAt } = job;
    return {
      ...summary(job),
      // A processor may have made it of its data: what is hidden there is hidden here.
      result: redactor.anywhere(job.result, job.data),
      // A stack names files of the server: its first line alone is shown.
      attempts: job.stacktrace.map((stack, index) => ({
        attempt: index + 1,
        error: redactor.text(stack.split('\n    at ')[0] ?? '', job.data),
      })),
      logs: { lines: lines.map((line) => redactor.text(line, job.data)), total },
      timings: {
        ...(startedAt === undefined ? {} : { waited: startedAt - createdAt }),
        ...(startedAt === undefined || finishedAt === undefined ? {} : { ran: finishedAt - startedAt }),
      },
    };
  };
  return { summary, detail };
}
