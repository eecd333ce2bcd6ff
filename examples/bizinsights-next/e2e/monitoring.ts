/** The monitoring API as `curl` reaches it, by its token. */
import { inject } from 'vitest';
import { z } from 'zod';

const job = z.object({
  id: z.string(),
  data: z.unknown(),
  finishedAt: z.number().optional(),
  failedReason: z.string().optional(),
});
export type MonitoredJob = z.output<typeof job>;

const answers = {
  jobs: z.object({ data: z.object({ jobs: z.array(job) }) }),
  schedules: z.object({ data: z.object({ schedules: z.array(z.object({ key: z.string(), queue: z.string() })) }) }),
};

export async function callByToken(
  path: string,
  { token = inject('demo').jobsToken, method = 'GET' }: { readonly token?: string; readonly method?: string } = {},
): Promise<Response> {
  const { url } = inject('demo');
  return await fetch(new URL(`/api/jobs${path}`, url), { method, headers: { authorization: `Bearer ${token}` } });
}

export async function act(queue: string, action: 'pause' | 'resume'): Promise<void> {
  const response = await callByToken(`/${queue}?action=${action}`, { method: 'POST' });
  if (!response.ok) throw new Error(`The API answered ${response.status} to ${action} of ${queue}`);
}

/** Of all organizations. */
export async function listJobs(queue: string, state: string): Promise<MonitoredJob[]> {
  const response = await callByToken(`/${queue}/jobs?state=${state}&limit=100`);
  return answers.jobs.parse(await response.json()).data.jobs;
}

/** Of all organizations. */
export async function listSchedules() {
  return answers.schedules.parse(await (await callByToken('/schedules?limit=200')).json()).data.schedules;
}
