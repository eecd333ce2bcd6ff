/** `/audit`: who changed what through this API. */
import { z } from 'zod';
import { auditEntry } from '../audit-log.js';
import { defineRoute } from '../route.js';
import { limit } from '../schemas.js';

export const audit = defineRoute({
  method: 'GET',
  path: '/audit',
  summary: 'The changes that came through this API, newest first; the last 10,000 are kept.',
  role: 'viewer',
  wholeStore: true,
  query: z.object({ cursor: z.string().optional(), limit }),
  answer: z.object({ entries: z.array(auditEntry), cursor: z.string().optional() }),
  run: ({ query, services }) => services.audit.page(query),
});
