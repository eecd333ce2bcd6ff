// The monitoring API in the App Router of Next.js: the handlers of one catch-all route.
import { createJobs, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { bearerToken } from '@bizinsights/jobs-core/monitoring';
import { toNextHandlers } from '@bizinsights/jobs-next';
import { z } from 'zod';

const greetingQueue = defineQueue({ name: 'greetings', schema: z.object({ name: z.string() }) });
const jobs = createJobs({ connection: 'memory:', queues: [greetingQueue], logger: silentLogger });
await jobs.queue(greetingQueue).add({ name: 'Ann' });

const token = process.env.JOBS_TOKEN ?? 'a token for this example alone';

// The file app/api/jobs/[[...path]]/route.ts exports these four.
// #region route
const { GET, POST, PUT, DELETE } = toNextHandlers(jobs, { authorize: bearerToken({ token, role: 'operator' }) });
// #endregion
console.log(Object.keys({ GET, POST, PUT, DELETE }).join(' '));

// Next.js calls them with a request and the rest of its path.
const context = { params: Promise.resolve({ path: ['monitoring'] }) };
const url = 'http://localhost:3000/api/jobs/monitoring';

const overview = z.object({ data: z.object({ totals: z.object({ waiting: z.number() }) }) });
const refused = await GET(new Request(url), context);
console.log(refused.status);

const answer = await GET(new Request(url, { headers: { authorization: `Bearer ${token}` } }), context);
const { data } = overview.parse(await answer.json());
console.log(answer.status, `${data.totals.waiting} job waits`);

await jobs.close();

// Output:
// GET POST PUT DELETE
// 401
// 200 1 job waits
