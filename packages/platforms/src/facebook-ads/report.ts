/**
 * Insights that Facebook counts in the background ("Insights API: Asynchronous Jobs").
 *
 * @see https://developers.facebook.com/docs/marketing-api/insights/best-practices
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { RateLimitError } from '../errors.js';
import type { ReadOptions } from '../platform.js';
import type { FacebookClient } from './client.js';
import { graphId } from './records.js';

/** Looks at a report within one read; then the job comes back later, and the worker does something else. */
const MAX_LOOKS = 5;

/** What a report that takes longer is left alone for, ms. */
const PAUSE = 60_000;

/** `async_status` of those that come to nothing. Others are under way. */
const ENDED_BADLY = ['Job Failed', 'Job Skipped'];

const started = z.object({ report_run_id: graphId });
const state = z.object({ async_status: z.string() });

type Asking = Pick<ReadOptions, 'signal' | 'now'>;

/** Orders a report, and gives its id. */
export async function orderReport(
  client: FacebookClient,
  account: string,
  parameters: Readonly<Record<string, string>>,
  { signal, now }: Asking,
): Promise<string> {
  const query = { method: 'POST', path: `${account}/insights`, parameters, signal, now } as const;
  return (await client.request(started, query)).report_run_id;
}

/**
 * Waits until a report is there.
 *
 * @param delay before the second look, ms; doubled with each one
 * @returns whether it was made: otherwise less has to be asked for
 * @throws {RateLimitError} when it takes long: its id is in the cursor, and it is looked for again
 */
export async function waitForReport(
  client: FacebookClient,
  id: string,
  delay: number,
  { signal, now }: Asking,
): Promise<boolean> {
  for (let look = 0; look < MAX_LOOKS; look++) {
    if (look > 0) await sleep(delay * 2 ** (look - 1), undefined, { signal });
    const { async_status: status } = await client.request(state, { path: id, signal, now });
    if (status === 'Job Completed') return true;
    if (ENDED_BADLY.includes(status)) return false;
  }
  throw new RateLimitError(PAUSE, "Facebook's insights: the report is still being made");
}
