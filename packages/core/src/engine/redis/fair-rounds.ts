/** Turns of tenants in a fair queue on Redis. */
import { storedName } from '../../names.js';
import { MAX_PRIORITY } from '../bounds.js';
import { FAIR_PRIORITIES } from './scripts/index.js';

/** Turns that one script gives, and jobs that it lowers: for some milliseconds nobody else is served. */
export const AT_ONCE = 500;

export const FAIR_SCRIPTS = {
  bizinsightsFairPriorities: { numberOfKeys: 4, lua: FAIR_PRIORITIES },
} as const;

/** Where a queue keeps its jobs and its turns, in one slot of a Cluster. */
export interface FairKeys {
  /** The beginning of the queue's keys, with its colon. */
  readonly base: string;
  readonly fair: string;
}

/** One priority for each entry of `tenants`. */
export async function takeTurns(
  call: (name: keyof typeof FAIR_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>,
  { base, fair }: FairKeys,
  tenants: readonly string[],
): Promise<number[]> {
  const keys = [`${base}prioritized`, `${base}active`, `${base}delayed`, fair];
  const turns: number[] = [];
  for (let start = 0; start < tenants.length; start += AT_ONCE) {
    const batch = tenants.slice(start, start + AT_ONCE).map(storedName);
    const goesOn = start === 0 ? 0 : 1;
    const answer = await call('bizinsightsFairPriorities', ...keys, base, MAX_PRIORITY, AT_ONCE, goesOn, ...batch);
    if (Array.isArray(answer)) turns.push(...answer.map(Number));
  }
  return turns;
}
