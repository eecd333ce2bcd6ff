/** What an organization's people do not want to hear of. */
import type { InsightKind } from '../evidence.js';
import type { InsightMute } from '../ports.js';

/** Of a mute that names a metric and a kind, both must be so. One that names neither mutes nothing. */
export function isMuted(metric: string, kind: InsightKind, mutes: readonly InsightMute[]): boolean {
  return mutes.some((mute) => {
    if (mute.metric === undefined && mute.kind === undefined) return false;
    return (mute.metric ?? metric) === metric && (mute.kind ?? kind) === kind;
  });
}
