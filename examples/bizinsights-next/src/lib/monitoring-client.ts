/** The monitoring API as pages in the browser use it. */
import { z } from 'zod';

// Otherwise zod tries whether it may compile code, and the browser reports that as a violation of the content security policy.
z.config({ jitless: true });

const BASE = '/api/jobs';

const failure = z.object({ success: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) });

const success = z.object({ success: z.literal(true), data: z.unknown() });

/** What the API has refused, in its words. */
export class MonitoringError extends Error {
  override readonly name = 'MonitoringError';
  readonly code: string;

  constructor({ code, message }: { readonly code: string; readonly message: string }) {
    super(message);
    this.code = code;
  }
}

/** @throws {MonitoringError} for what the API refuses */
export async function callMonitoring<Shape extends z.ZodType>(
  path: string,
  shape: Shape,
  { method = 'GET', signal }: { readonly method?: 'GET' | 'POST'; readonly signal?: AbortSignal } = {},
): Promise<z.output<Shape>> {
  const response = await fetch(`${BASE}${path}`, { method, ...(signal ? { signal } : {}) });
  if (!response.headers.get('content-type')?.includes('json')) {
    throw new MonitoringError({ code: 'NO_ANSWER', message: `The server answered ${response.status}` });
  }
  const answer = z.union([failure, success]).parse(await response.json());
  if (!answer.success) throw new MonitoringError(answer.error);
  return shape.parse(answer.data);
}

/** What happens in all queues, as it happens. */
export function openEvents(): EventSource {
  return new EventSource(`${BASE}/events`);
}

const numbers = z.object({
  waiting: z.number(),
  active: z.number(),
  completed: z.number(),
  failed: z.number(),
  delayed: z.number(),
  paused: z.number(),
  isPaused: z.boolean(),
});

export const queuesShape = z.object({
  queues: z.record(z.string(), z.union([numbers, z.object({ error: z.object({ message: z.string() }) })])),
});
export type QueueNumbers = z.output<typeof queuesShape>['queues'][string];

const job = z.object({
  id: z.string(),
  queue: z.string(),
  state: z.string(),
  data: z.unknown(),
  progress: z.unknown(),
  attemptsMade: z.number(),
  maxAttempts: z.number(),
  deaths: z.number(),
  createdAt: z.number(),
  startedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  failedReason: z.string().optional(),
});
export type MonitoredJob = z.output<typeof job>;

const jobPage = z.object({ jobs: z.array(job), isComplete: z.boolean(), cursor: z.string().optional() });

/**
 * The newest jobs of a queue in a state. One answer of the API looks through the jobs of all organizations only for so long:
 * where it says that it has not come to the end, it is asked to go on.
 */
export async function listJobs(
  queue: string,
  state: string,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<MonitoredJob[]> {
  const found: MonitoredJob[] = [];
  let next: string | undefined;
  do {
    const query = new URLSearchParams({ state, limit: String(limit - found.length) });
    if (next !== undefined) query.set('cursor', next);
    const page = await callMonitoring(`/${encodeURIComponent(queue)}/jobs?${query}`, jobPage, { signal });
    found.push(...page.jobs);
    next = page.isComplete ? undefined : page.cursor;
  } while (next !== undefined && found.length < limit);
  return found;
}

const schedule = z.object({
  key: z.string(),
  queue: z.string(),
  description: z.string(),
  paused: z.boolean(),
  next: z.number().optional(),
});
export type MonitoredSchedule = z.output<typeof schedule>;

export const schedulesShape = z.object({ schedules: z.array(schedule), cursor: z.string().optional() });

/** For answers of which nothing is read. */
export const anyShape = z.unknown();

const progressShape = z.object({
  done: z.number(),
  total: z.number().optional(),
  message: z.string().optional(),
});

/** How far a job says that it is: `{ done, total?, message? }`, or a number of 0 to 100. */
export function readProgress(
  progress: unknown,
): { value: number; max: number | undefined; message: string } | undefined {
  if (typeof progress === 'number') return { value: progress, max: 100, message: `${Math.round(progress)} %` };
  const parsed = progressShape.safeParse(progress);
  if (!parsed.success) return undefined;
  const { done, total, message = '' } = parsed.data;
  const count = total === undefined ? `${done}` : `${done} of ${total}`;
  return { value: done, max: total, message: message === '' ? count : `${message}, ${count} records` };
}
