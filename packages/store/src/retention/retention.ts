/**
 * How long the store keeps what grows old, and the tasks of the weekly clean-up that remove it. Files of reports are removed
 * by `reportFilesCleanUp` of their plugin, deliveries of webhooks by `deliveriesCleanUp` of theirs.
 */
import { ArgumentError, type CleanUpTask } from '@bizinsights/jobs-core';
import { lt } from 'drizzle-orm';
import { removeOldAlerts } from '../alerts/remove-old-alerts.js';
import type { Database } from '../database/database.js';
import { removeRows } from '../database/remove-rows.js';
import { rejectedRecords } from '../database/schema.js';
import { removeOldInsights } from '../insights/remove-old-insights.js';
import type { ConvertMoney } from '../metrics/convert-money.js';
import { removeOldRecords } from './remove-old-records.js';

/** Days that each kind of data is kept. `Infinity`: for ever. */
export interface Retention {
  /** Since they were made; what still goes on stays. Default: 365. */
  readonly insights?: number;
  /** Since they were resolved; others stay. Default: 365. */
  readonly alerts?: number;
  /** Records that were kept aside, since then. Default: 30. */
  readonly rejectedRecords?: number;
  /**
   * Whole days, of the organization, before the one that it is: orders, charges, customers, traffic and days of campaigns of
   * before are removed. The figures of these days stay as they are; see the README. Default: for ever.
   */
  readonly records?: number;
}

/** What the tasks work on. */
export interface Retained {
  readonly database: Database;
  readonly convert: ConvertMoney;
  /** Epoch ms. */
  readonly now: () => number;
}

const DEFAULTS: Required<Retention> = {
  insights: 365,
  alerts: 365,
  rejectedRecords: 30,
  records: Number.POSITIVE_INFINITY,
};

type Kind = keyof Retention;

/** Removes what is older than so many days, and answers how much that was. */
type Removal = (retained: Retained, days: number, signal: AbortSignal) => Promise<number>;

/** What is older than a moment, epoch ms. */
const olderThan =
  (remove: (database: Database, before: number) => Promise<number>): Removal =>
  ({ database, now }, days) =>
    remove(database, now() - days * DAY);

const REMOVALS: Readonly<Record<Kind, { readonly task: string; readonly remove: Removal }>> = {
  insights: { task: 'insights', remove: olderThan(removeOldInsights) },
  alerts: { task: 'alerts', remove: olderThan(removeOldAlerts) },
  rejectedRecords: { task: 'rejected records', remove: olderThan(removeRejected) },
  records: {
    task: 'records',
    remove: ({ now, ...retained }, days, signal) => removeOldRecords({ ...retained, now: now(), days, signal }),
  },
};

const DAY = 86_400_000;

/** @throws {ArgumentError} for a number of days below 1, and for a kind that does not exist */
export function cleanUpTasks(retained: Retained, given: Retention): CleanUpTask[] {
  const unknown = Object.keys(given).find((kind) => !(kind in DEFAULTS));
  if (unknown !== undefined) {
    throw new ArgumentError(
      `There is no retention of "${unknown}": it must be one of ${Object.keys(DEFAULTS).join(', ')}`,
    );
  }
  const retention = { ...DEFAULTS, ...given };
  return KINDS.filter((kind) => checkDays(kind, retention[kind]) !== Number.POSITIVE_INFINITY).map((kind) => {
    const { task, remove } = REMOVALS[kind];
    return { name: task, run: async ({ signal }) => await remove(retained, retention[kind], signal) };
  });
}

const KINDS: readonly Kind[] = ['insights', 'alerts', 'rejectedRecords', 'records'];

function checkDays(kind: Kind, days: number): number {
  if (kind === 'records' && days % 1 !== 0 && days !== Number.POSITIVE_INFINITY) {
    throw new ArgumentError(`The retention of records must be a whole number of days, not ${days}`);
  }
  if (days >= 1) return days;
  throw new ArgumentError(`The retention of ${kind} must be at least 1 day, not ${days}`);
}

async function removeRejected(database: Database, before: number): Promise<number> {
  return await removeRows(database, rejectedRecords, lt(rejectedRecords.rejectedAt, before));
}
