/**
 * How long the store keeps what grows old, and the tasks of the weekly clean-up that remove it. Records stay for ever: the
 * figures of their days are derived from them. Files of reports are removed by `reportFilesCleanUp` of their plugin.
 */
import { ArgumentError, type CleanUpTask } from '@bizinsights/jobs-core';
import { lt } from 'drizzle-orm';
import { removeOldAlerts } from '../alerts/remove-old-alerts.js';
import type { Database } from '../database/database.js';
import { rejectedRecords } from '../database/schema.js';
import { removeOldInsights } from '../insights/remove-old-insights.js';

/** Days that each kind of data is kept. `Infinity`: for ever. */
export interface Retention {
  /** Since they were made. Default: 365. */
  readonly insights?: number;
  /** Since they were resolved; others stay. Default: 365. */
  readonly alerts?: number;
  /** Records that were kept aside, since then. Default: 30. */
  readonly rejectedRecords?: number;
}

const DEFAULTS: Required<Retention> = {
  insights: 365,
  alerts: 365,
  rejectedRecords: 30,
};

type Kind = keyof Retention;

/** Removes what is older than a moment, epoch ms, and answers how much that was. */
type Removal = (database: Database, before: number) => Promise<number>;

const REMOVALS: Readonly<Record<Kind, { readonly task: string; readonly remove: Removal }>> = {
  insights: { task: 'insights', remove: removeOldInsights },
  alerts: { task: 'alerts', remove: removeOldAlerts },
  rejectedRecords: { task: 'rejected records', remove: removeRejected },
};

const DAY = 86_400_000;

/** @throws {ArgumentError} for a number of days below 1, and for a kind that does not exist */
export function cleanUpTasks(database: Database, now: () => number, given: Retention): CleanUpTask[] {
  const unknown = Object.keys(given).find((kind) => !(kind in DEFAULTS));
  if (unknown !== undefined) {
    throw new ArgumentError(
      `There is no retention of "${unknown}": it must be one of ${Object.keys(DEFAULTS).join(', ')}`,
    );
  }
  const retention = { ...DEFAULTS, ...given };
  return KINDS.filter((kind) => checkDays(kind, retention[kind]) !== Number.POSITIVE_INFINITY).map((kind) => {
    const { task, remove } = REMOVALS[kind];
    return { name: task, run: async () => await remove(database, now() - retention[kind] * DAY) };
  });
}

const KINDS: readonly Kind[] = ['insights', 'alerts', 'rejectedRecords'];

function checkDays(kind: Kind, days: number): number {
  if (days >= 1) return days;
  throw new ArgumentError(`The retention of ${kind} must be at least 1 day, not ${days}`);
}

async function removeRejected(database: Database, before: number): Promise<number> {
  const removed = await database
    .delete(rejectedRecords)
    .where(lt(rejectedRecords.rejectedAt, before))
    .returning({ id: rejectedRecords.id });
  return removed.length;
}
