/** `/audit`: who changed what through this API. */
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../../queue/cursor.js';
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
  async run({ query, services }) {
    const start = decodeCursor(query.cursor);
    // One more than the page holds tells whether there is a next one.
    const entries = await services.audit.read(start, query.limit + 1);
    if (entries.length <= query.limit) return { entries };
    return { entries: entries.slice(0, query.limit), cursor: encodeCursor(start + query.limit) };
  },
});
