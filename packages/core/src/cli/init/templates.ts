/** The files that `init` writes. */
import type { Project } from './project.js';

/** By path, relative to the project. */
export function filesFor({ framework, sources, extension, hasConfig }: Project): Record<string, string> {
  const from = `'./jobs${extension}'`;
  const shared = { [`${sources}jobs.ts`]: jobs(framework === 'next'), [`${sources}worker.ts`]: worker(from) };
  if (framework === 'express') return { ...shared, [`${sources}jobs-router.ts`]: router(from) };
  return {
    ...shared,
    [`${sources}app/api/jobs/[[...path]]/route.ts`]: route,
    [`${sources}instrumentation.ts`]: instrumentation,
    ...(hasConfig ? {} : { 'next.config.ts': nextConfig }),
  };
}

/** Under `next dev` a module is evaluated again and again: `hotReloadable` makes one instance for the process. */
function jobs(isHot: boolean): string {
  const created = `createJobs({
  // Kept where REDIS_URL says, redis://… or postgres://…; without it, in development, in the folder .bizinsights/jobs, which
  // one process at a time can use.
  queues: [greetingQueue],
  processors: [greetings],
})`;
  return `import { createJobs, defineProcessor, defineQueue${isHot ? ', hotReloadable' : ''} } from '@bizinsights/jobs-core';
import { z } from 'zod';

export const greetingQueue = defineQueue({ name: 'greetings', schema: z.object({ name: z.string() }) });

const greetings = defineProcessor({
  queue: greetingQueue,
  async process(job) {
    job.logger.info(\`Hello \${job.data.name}\`);
  },
});

export const jobs = ${isHot ? `hotReloadable('jobs', () =>\n  ${created.replaceAll('\n', '\n  ')},\n)` : created};
`;
}

const worker = (
  from: string,
) => `// A worker as a process of its own, for what you build; \`bizinsights-jobs worker\` runs one without a build.
import { jobs } from ${from};

jobs.startWorker().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
`;

const AUTHORIZE = `process.env.JOBS_TOKEN
  ? bearerToken({ token: process.env.JOBS_TOKEN, role: 'operator' })
  : () => null`;

const router = (from: string) => `// In your app: app.use('/api/jobs', jobsRouter);
import { bearerToken } from '@bizinsights/jobs-core/monitoring';
import { monitoringRouter } from '@bizinsights/jobs-express';
import { jobs } from ${from};

// Without JOBS_TOKEN (16 characters or more) every request is refused.
const authorize = ${AUTHORIZE};

export const jobsRouter = monitoringRouter(jobs, { authorize });

// Without a server, the worker has to run in this process.
if (!process.env.REDIS_URL) jobs.startWorker().catch((error: unknown) => console.error(error));
`;

const route = `import { bearerToken } from '@bizinsights/jobs-core/monitoring';
import { toNextHandlers } from '@bizinsights/jobs-next';
import { jobs } from '../../../../jobs';

// Without JOBS_TOKEN (16 characters or more) every request is refused.
const authorize = ${AUTHORIZE};

export const { GET, POST, PUT, DELETE } = toNextHandlers(jobs, { authorize });
`;

const instrumentation = `export async function register() {
  // Without a server, the worker has to run in the process of the app. With one, JOBS_WORKER=true makes a worker of a process.
  const isWorker = !process.env.REDIS_URL || process.env.JOBS_WORKER === 'true';
  if (process.env.NEXT_RUNTIME !== 'nodejs' || !isWorker) return;
  const { jobs } = await import('./jobs');
  await jobs.startWorker();
}
`;

const nextConfig = `import { withJobs } from '@bizinsights/jobs-next/config';

export default withJobs({});
`;
