/** Compares what is stored with the sandbox's own truth. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlatformRecord } from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import { askDemo } from '../lib/demo/demo-services';
import { store } from '../lib/store/store';
import { ORGANIZATIONS } from './seed';

const [{ id: organizationId, timeZone }] = ORGANIZATIONS;

const truthShape = z.object({
  rows: z.record(z.string(), z.record(z.string(), z.number())),
  revenue: z.record(z.string(), z.number()),
});

const KINDS: readonly PlatformRecord['kind'][] = [
  'order',
  'product',
  'customer',
  'charge',
  'traffic',
  'campaign',
  'campaign-day',
];

export interface Check {
  readonly rows: number;
  readonly days: number;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
}

export async function checkAgainstTruth(): Promise<Check> {
  const truth = truthShape.parse(await askDemo(`/truth?timeZone=${encodeURIComponent(timeZone)}`));
  const problems: string[] = [];
  let rows = 0;
  for (const { id, platform } of await store.integrations.list(organizationId)) {
    for (const [kind, expected] of Object.entries(truth.rows[platform] ?? {})) {
      const known = KINDS.find((one) => one === kind);
      const found = known === undefined ? 0 : await store.records.count({ integrationId: id, kind: known });
      rows += found;
      if (found !== expected) problems.push(`${platform}: ${found} rows of ${kind}, and the platform has ${expected}`);
    }
  }
  await store.metrics.refresh(organizationId);
  const days = Object.keys(truth.revenue).sort();
  const [from, to] = [days.at(0), days.at(-1)];
  if (from === undefined || to === undefined) return { rows, days: 0, problems: ['The shop has sold nothing'] };
  const found = new Map((await store.metrics.daily(organizationId, { from, to })).map((day) => [day.day, day.revenue]));
  for (const day of days) {
    if (found.get(day) === truth.revenue[day]) continue;
    problems.push(`Revenue of ${day} is ${found.get(day) ?? 'missing'}, and should be ${truth.revenue[day]}`);
  }
  return { rows, days: days.length, problems };
}

/** Asks again until it holds. @param limit ms */
export async function eventually(holds: () => Promise<boolean>, limit: number): Promise<boolean> {
  for (const end = Date.now() + limit; Date.now() < end; await sleep(250)) if (await holds()) return true;
  return false;
}
