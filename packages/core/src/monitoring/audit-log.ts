/** Every change that came through the API: who, what, which, when, and how it ended. */
import { z } from 'zod';
import { Journal } from '../journal/journal.js';
import type { MonitoringAccess } from './access.js';
import { ROLES } from './authorize.js';

/** Entries kept; older ones go. */
const KEEP = 10_000;

const KEY = 'audit';

/** Times are epoch ms. */
export const auditEntry = z.object({
  at: z.number(),
  actor: z.string(),
  role: z.enum(ROLES),
  action: z.string(),
  queue: z.string().optional(),
  target: z.string().optional().describe('Ids of jobs, or the key of a schedule.'),
  outcome: z.enum(['done', 'failed']),
  detail: z.record(z.string(), z.unknown()).optional().describe('What was answered, or the message of the error.'),
});

export type AuditEntry = z.input<typeof auditEntry>;
export type AuditLog = Journal<typeof auditEntry>;

export function createAuditLog({ engine }: MonitoringAccess): AuditLog {
  return new Journal(engine.state, KEY, { schema: auditEntry, keep: KEEP });
}
