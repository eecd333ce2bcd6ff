// function.ts: adds jobs and runs none.
import { createJobs } from '@bizinsights/jobs-core';
import { thumbnailQueue } from './queues.js';

// Once for each instance of the function. The first `add` connects, and later invocations use the same connection.
const jobs = createJobs({ connection: process.env.REDIS_URL, queues: [thumbnailQueue] });

export async function POST(request: Request): Promise<Response> {
  const { data, error } = thumbnailQueue.schema.safeParse(await request.json().catch(() => undefined));
  if (error) return Response.json({ issues: error.issues }, { status: 400 });
  // With an id of its own, a request that is repeated adds no second job.
  const id = `${data.imageId}-${data.width}`;
  // Awaited before the answer: the platform may freeze the instance as soon as it has answered.
  await jobs.queue(thumbnailQueue).add(data, { id });
  return Response.json({ id }, { status: 202 });
}
