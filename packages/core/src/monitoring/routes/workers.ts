/** `/workers`: the worker processes that have been heard of lately. */
import { z } from 'zod';
import { readWorkers, workerReport } from '../../worker/heartbeat.js';
import { defineRoute } from '../route.js';

export const workers = defineRoute({
  method: 'GET',
  path: '/workers',
  summary: 'The worker processes: where they run, what they do, when they were last heard of.',
  role: 'viewer',
  wholeStore: true,
  answer: z.object({ workers: z.array(workerReport) }),
  run: async ({ services: { access, reads } }) => ({
    workers: await reads.share('workers', () => readWorkers(access.engine.state, access.now())),
  }),
});
