/** What is known of a stream when a read of it has ended. */
import type { CompletedRead, Page, RecordKind } from '@bizinsights/jobs-platforms';
import { isBeside, type Position, type Read, type Wish } from './position.js';

/**
 * Undefined where it cannot be said: of a read that an older version has begun, and of one `since` a moment behind the end
 * of the read before, as what lies between the two has not been read.
 */
export function completedRead(
  kind: RecordKind,
  { mode, since, watermark, asOf }: Read,
  page: Page,
  stored: Position | undefined,
  wish: Wish,
): CompletedRead | undefined {
  if (asOf === null) return undefined;
  const { reach, provisionalFrom } = page;
  const rest = { kind, asOf, ...(provisionalFrom === undefined ? {} : { provisionalFrom }) };
  const goesOn = mode === 'incremental' && since === null && watermark !== null;
  if (goesOn) return { ...rest, isContinued: true };
  if (isBeside(stored, wish)) {
    const isJoined = watermark !== null && watermark.asOf !== null && since !== null && since <= watermark.asOf;
    return isJoined ? { ...rest, isContinued: true } : undefined;
  }
  const moments = [since ?? undefined, reach?.from].filter((moment) => moment !== undefined);
  return {
    ...rest,
    isContinued: false,
    ...(moments.length > 0 ? { from: Math.max(...moments) } : {}),
    ...(reach?.fromDay === undefined ? {} : { fromDay: reach.fromDay }),
  };
}
