/**
 * Has BullMQ's workers take jobs whose limit is not reached, on PostgreSQL and the embedded store: see bullmq/starts.ts.
 *
 * BullMQ takes the first waiting job. Where 100,000 of one key wait whose limit is reached, it would take each of them to find
 * out, before a job of another key. From the first request for a start on, its claims go to functions of ours, which look
 * for a job that may begin: see sql/claims.ts.
 */
import type { StartRequest } from '../bullmq/queue-store.js';

/** Waiting jobs that one claim puts in line: 10 to 22 ms on two busy cores. */
const BATCH = 300;

/** BullMQ's functions that take a job, and what they are called with. Ours have the same names, and four parameters more. */
const CLAIM = /\b(move_to_active|move_to_completed_fetch|move_to_failed_fetch)\(([^)]*)\)/;

/** A statement and its parameters. */
type Statement = readonly [text: string, params: readonly unknown[]];

export interface Claims {
  /** A statement of BullMQ's worker as it is to be sent. */
  write(...statement: Statement): Statement;
  /** The queue has a limit. */
  limited(limit: StartRequest['limit']): void;
}

/** For the worker of one queue. */
export function createClaims(batch = BATCH): Claims {
  let limit: StartRequest['limit'] | undefined;
  return {
    write(text, params) {
      const claim = limit && claimOf(text);
      if (!limit || !claim) return [text, params];
      const { key, isShared, max, per } = limit;
      return [claim, [...params, isShared ? key : null, max, per, batch]];
    },
    limited(known) {
      limit = known;
    },
  };
}

const claims = new Map<string, string | undefined>();

function claimOf(text: string): string | undefined {
  if (!claims.has(text)) claims.set(text, writeClaim(text));
  return claims.get(text);
}

function writeClaim(text: string): string | undefined {
  const [call, name, given = ''] = CLAIM.exec(text) ?? [];
  if (call === undefined) return undefined;
  const count = given.split(',').length;
  const ours = [1, 2, 3, 4].map((nth) => `$${count + nth}`);
  return text.replace(call, `bizinsights_jobs.${name}(${given}, ${ours.join(', ')})`);
}
