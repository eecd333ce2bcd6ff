/** Jobs that are reused, on Redis. */
import type { ClaimedJob, ReuseClaim } from '../bullmq/queue-store.js';
import { CLAIM_PATIENCE } from '../bullmq/reuse.js';
import { CLAIM_REUSE, CONFIRM_REUSE } from './scripts/index.js';

export const REUSE_SCRIPTS = {
  bizinsightsClaimReuse: { numberOfKeys: 3, lua: CLAIM_REUSE },
  bizinsightsConfirmReuse: { numberOfKeys: 1, lua: CONFIRM_REUSE },
} as const;

type Call = (name: keyof typeof REUSE_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>;

/** Where a queue keeps its jobs and its claims, in one slot of a Cluster. Each with its colon. */
export interface ReuseKeys {
  readonly base: string;
  readonly reuse: string;
}

/** @param now epoch ms, of the clock by which jobs end: that of this process */
export async function claimReuse(
  call: Call,
  { base, reuse }: ReuseKeys,
  { key, id, maxAge, keptFor }: ReuseClaim,
  now = Date.now(),
): Promise<ClaimedJob> {
  const keys = [reuse + key, `${base}completed`, `${base}failed`];
  const answer = await call('bizinsightsClaimReuse', ...keys, base, id, now, maxAge, keptFor, CLAIM_PATIENCE);
  if (!Array.isArray(answer)) throw new TypeError('The script that claims a job answered no list');
  return { id: String(answer[0]), exists: answer[1] === 1 };
}

export async function confirmReuse(call: Call, { reuse }: ReuseKeys, key: string, id: string): Promise<void> {
  await call('bizinsightsConfirmReuse', reuse + key, id);
}
