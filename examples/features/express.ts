// The monitoring API in an Express app.
import { once } from 'node:events';
import { createJobs, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { bearerToken } from '@bizinsights/jobs-core/monitoring';
import { monitoringRouter } from '@bizinsights/jobs-express';
import express from 'express';
import { z } from 'zod';

const greetingQueue = defineQueue({ name: 'greetings', schema: z.object({ name: z.string() }) });
const jobs = createJobs({ connection: 'memory:', queues: [greetingQueue], logger: silentLogger });
await jobs.queue(greetingQueue).add({ name: 'Ann' });

const token = process.env.JOBS_TOKEN ?? 'a token for this example alone';

// #region app
const app = express();
app.use('/api/jobs', monitoringRouter(jobs, { authorize: bearerToken({ token, role: 'operator' }) }));
// #endregion

const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api/jobs`;

const overview = z.object({ data: z.object({ totals: z.object({ waiting: z.number() }) }) });
const refused = await fetch(`${url}/monitoring`);
console.log(refused.status);

const answer = await fetch(`${url}/monitoring`, { headers: { authorization: `Bearer ${token}` } });
const { data } = overview.parse(await answer.json());
console.log(answer.status, `${data.totals.waiting} job waits`);

server.close();
await jobs.close();

// Output:
// 401
// 200 1 job waits
