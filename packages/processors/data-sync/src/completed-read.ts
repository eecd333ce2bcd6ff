/** What is known of a stream when a read of it has ended. */
import { defined } from '@bizinsights/jobs-core';
import type { CompletedRead, Page, RecordKind } from '@bizinsights/jobs-platforms';
import type { Read } from './position.js';

/**
 * Undefined for a read that an older version has begun: nobody knows when.
 *
 * @param kinds of all streams of the connection
 */
export function completedRead(
  kind: RecordKind,
  kinds: readonly RecordKind[],
  { mode, since, watermark, asOf }: Read,
  { reach, provisionalFrom }: Page,
): CompletedRead | undefined {
  if (asOf === null) return undefined;
  const rest = { kind, kinds, asOf, ...defined({ provisionalFrom }) };
  if (mode === 'incremental' && since === null && watermark !== null) return { ...rest, isContinued: true };
  const moments = [since ?? undefined, reach?.from].filter((moment) => moment !== undefined);
  return {
    ...rest,
    isContinued: false,
    ...(moments.length > 0 ? { from: Math.max(...moments) } : {}),
    ...defined({ fromDay: reach?.fromDay }),
  };
}
