/** `/health`: whether the store answers. */

import { z } from 'zod';
import { defined } from '../../defined.js';
import { EngineUnavailableError } from '../../errors.js';
import { defineRoute } from '../route.js';

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
