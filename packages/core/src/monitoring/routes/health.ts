/** `/health`: whether the store answers, and the two probes of an orchestrator. */

import { z } from 'zod';
import { defined } from '../../defined.js';
import { EngineUnavailableError } from '../../errors.js';
import type { Probe } from '../../http/probe.js';
import { defineRoute, type MonitoringContext } from '../route.js';

export const health = defineRoute({
  method: 'GET',
  path: '/health',
  summary: '200 when the job store answers, 503 when it does not.',
  role: 'viewer',
  answer: z.object({
    engine: z.string(),
    reachable: z.literal(true),
    latency: z.number().optional().describe('Round trip to the store, ms.'),
    version: z.string().optional().describe('Of the store.'),
    warnings: z.array(z.string()),
  }),
  async run({ services: { access, reads } }) {
    const { engine } = access;
    const { reachable, latency, version, warnings } = await reads.share('health', () => engine.health());
    if (!reachable) throw new EngineUnavailableError('The job store cannot be reached');
    return {
      engine: engine.kind,
      reachable: true as const,
      ...defined({ latency, version }),
      warnings: [...warnings],
    };
  },
});

/** Anyone may ask: the store is asked no more often than this. ms */
const PROBE_AGE = 1_000;

export const probes: readonly Probe<MonitoringContext>[] = [
  { path: '/health/live', summary: '200 while the process answers requests.', isUp: () => true },
  {
    path: '/health/ready',
    summary: '200 while the job store answers, too; 503 when it does not.',
    async isUp({ services: { access, reads } }) {
      const { reachable } = await reads.share('ready', () => access.engine.health(), PROBE_AGE);
      return reachable;
    },
  },
];
