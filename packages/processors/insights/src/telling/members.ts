/** What an insight is about: its own figures, and those of its parts. By them it is known again. */
import type { InsightEvidence, InsightKind } from '../evidence.js';
import type { MetricEvent } from './explained.js';
import { familyOf, isDated, isFault } from './kinds.js';
import { isNear } from './windows.js';

/** One metric's figures within an insight. */
export interface Member extends MetricEvent {
  readonly value: number;
  readonly expected: number;
}

/** What a finding and an insight that was told have in common. */
export interface About {
  readonly kind: InsightKind;
  readonly metric: string;
  readonly evidence: Omit<InsightEvidence, 'series' | 'drivers'>;
}

/** The head first. */
export function membersOf({ kind, metric, evidence }: About): Member[] {
  return [{ ...evidence, kind, metric }, ...(evidence.parts ?? [])];
}

/** Whether two are of one metric and cause: of what happened on days of its own, these days count. */
export function isSame(one: Member, other: Member): boolean {
  if (one.metric !== other.metric || familyOf(one.kind) !== familyOf(other.kind)) return false;
  if (!isDated(one.kind)) return true;
  return (isFault(one.kind) || one.direction === other.direction) && isNear(one, other);
}
