// A host of one file: adds greetings to a queue, works on them, and shows them in the monitoring API.
import { createJobs, defineProcessor, defineQueue } from '@bizinsights/jobs-core';
import { bearerToken } from '@bizinsights/jobs-core/monitoring';
import { monitoringRouter } from '@bizinsights/jobs-express';
import express from 'express';
import { z } from 'zod';

const greetings = defineQueue({
  name: 'greetings',
  schema: z.object({ name: z.string().min(1) }),
  result: z.object({ greeting: z.string() }),
  defaults: { attempts: 1 },
});

const jobs = createJobs({ connection: process.env.REDIS_URL ?? 'memory:', queues: [greetings] });

jobs.registerProcessor(
  defineProcessor({
    queue: greetings,
    process({ data: { name } }) {
      if (name === 'nobody') throw new Error('Nobody is there to greet');
      return { greeting: `Hello ${name}` };
    },
  }),
);
const worker = await jobs.startWorker({ handleSignals: false });

const app = express();
app.use(express.json());
app.post('/greetings', async (req, res) => {
  const { id } = await jobs.queue(greetings).add(req.body);
  res.status(202).json({ id });
});
const authorize = bearerToken({ token: process.env.JOBS_TOKEN ?? '', role: 'admin' });
app.use('/api/jobs', monitoringRouter(jobs, { authorize }));

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    server.close();
    server.closeAllConnections();
    await worker.close();
    await jobs.close();
  });
}
