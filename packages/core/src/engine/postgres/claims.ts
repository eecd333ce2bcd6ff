/**
 * Has BullMQ's workers take jobs whose limit is not reached, on PostgreSQL and the embedded store: see bullmq/starts.ts.
 *
 * BullMQ takes the first waiting job. Where 100,000 of one key wait whose limit is reached, it would take each of them to find
 * out, before a job of another key. From the first request for a start on, its claims go to functions of ours, which look
 * for a job that may begin: see sql/claims.ts. They do nothing else, as starts that are due wait for them: a worker that finds
 * only jobs that may not begin puts them in line beside its claims (lining.ts), and waits for a job meanwhile.
 */
import type { PgQueryResult } from 'bullmq';
import type { StartRequest } from '../bullmq/queue-store.js';

/** BullMQ's functions that take a job, and what they are called with. Ours have the same names, and five parameters more. */
const CLAIM = /\b(move_to_active|move_to_completed_fetch|move_to_failed_fetch)\(([^)]*)\)/;

/** How BullMQ asks whether a job waits, before it waits for one. */
const LOOK = /\bstate = 'waiting'[^;]*\bAS present\b/;

type Limit = StartRequest['limit'];

/** Sends a statement with its parameters. */
type Send<Row> = (text: string, params: readonly unknown[]) => Promise<PgQueryResult<Row>>;

export interface Claims {
  /** Sends a statement of BullMQ's worker, or ours in its place. */
  send<Row>(text: string, params: readonly unknown[], send: Send<Row>): Promise<PgQueryResult<Row>>;
  /** The queue has a limit. */
  limited(limit: Limit): void;
}

/**
 * For the worker of one queue.
 *
 * @param lineUp waiting jobs of keys whose limit is reached are to be put in line
 */
export function createClaims(lineUp: (limit: Limit) => void): Claims {
  let limit: Limit | undefined;
  return {
    async send(text, params, send) {
      if (!limit) return await send(text, params);
      const { key, isShared, max, per } = limit;
      const sharedKey = isShared ? key : null;
      if (LOOK.test(text)) {
        const found = await send(LOOK_FOR_JOB, [...params, sharedKey]);
        if (standOutside(found.rows[0])) lineUp(limit);
        return found;
      }
      const claim = claimOf(text);
      // How many jobs the claim puts in line: only those of earlier versions do.
      return await (claim ? send(claim, [...params, sharedKey, max, per, null]) : send(text, params));
    },
    limited(known) {
      limit = known;
    },
  };
}

const LOOK_FOR_JOB = 'SELECT present, stands_outside FROM bizinsights_jobs.look_for_job($1, $2)';

function standOutside(row: unknown): boolean {
  return typeof row === 'object' && row !== null && 'stands_outside' in row && row.stands_outside === true;
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
  // The others never wait.
  if (name === 'move_to_active') ours.push('false');
  return text.replace(call, `bizinsights_jobs.${name}(${[given, ...ours].join(', ')})`);
}
