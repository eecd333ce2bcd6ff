/** `/audit`: who changed what through this API. */
import { z } from 'zod';
import { auditEntry, OUTCOMES } from '../../http/audit-log.js';
import { defineRoute } from '../route.js';
import { limit } from '../schemas.js';

export const audit = defineRoute({
  method: 'GET',
  path: '/audit',
  summary:
    'The changes that came through this API, newest first: what was done (the last 10,000 are kept) or, with `outcome=failed`, what was refused or failed (the last 1,000).',
  role: 'viewer',
  wholeStore: true,
  query: z.object({
    outcome: z.enum(OUTCOMES).default('done').describe('By default what was done.'),
    cursor: z.string().optional(),
    limit,
  }),
  answer: z.object({ entries: z.array(auditEntry), cursor: z.string().optional() }),
  run: ({ query, services }) => services.audit.page(query),
});
