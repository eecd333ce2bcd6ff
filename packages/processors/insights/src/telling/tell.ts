/** From all that was found to what is told: muted ones left out, folded, compared with what was told, put in order. */
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightEvidence, InsightStatus } from '../evidence.js';
import type { Finding } from '../findings/finding.js';
import type { History } from '../history.js';
import type { Metric } from '../metrics.js';
import type { InsightMute, InsightVotes, ToldInsight } from '../ports.js';
import { figuresFingerprint, followingFingerprint } from './fingerprint.js';
import { fold } from './fold.js';
import { isMuted } from './mutes.js';
import { judge } from './novelty.js';
import { findOver } from './over.js';
import { importanceOf, worthOf } from './score.js';

/** A finding that is told. */
export interface Telling extends Finding {
  readonly status: InsightStatus;
  /** From 0 to 1. */
  readonly importance: number;
  /** By which it is kept once. */
  readonly fingerprint: string;
}

/** What the store knows of what was told, and of what people think of it. */
export interface Known {
  /** The last of each topic. Undefined: the store does not know it. */
  readonly told: readonly ToldInsight[] | undefined;
  readonly mutes: readonly InsightMute[];
  readonly votes: readonly InsightVotes[];
}

/** What is told, the most important first, and how much was told before and is as it was. */
export interface Tellings {
  readonly tellings: readonly Telling[];
  readonly unchanged: number;
}

/** @param metrics those that were looked at */
export function tell(found: readonly Finding[], metrics: readonly Metric[], history: History, known: Known): Tellings {
  const { mutes, votes } = known;
  const heard = found.filter(({ metric, kind }) => !isMuted(metric.name, kind, mutes));
  const worth = worthOf(history);
  const toTelling = (finding: Finding, status: InsightStatus, fingerprint: string): Telling => {
    return { ...finding, status, fingerprint, importance: importanceOf(finding, status, worth, votes) };
  };
  const folded = fold(heard).toSorted(
    (one, other) => importanceOf(other, 'new', worth, votes) - importanceOf(one, 'new', worth, votes),
  );
  if (!known.told) {
    const tellings = folded.map((one) => toTelling(one, 'new', figuresFingerprint(one, history.period)));
    return { tellings, unchanged: 0 };
  }
  const told = known.told.filter(({ metric, kind }) => !isMuted(metric, kind, mutes));
  // Also where what was told of a topic is muted, or another finding continues it: a successor has one fingerprint.
  const last = new Map(known.told.map((one) => [one.topic, one]));
  const tellings = new Map<string, Telling>();
  let unchanged = 0;
  for (const { finding, topic, status, previous } of judge(folded, told, history)) {
    if (status === 'unchanged' || tellings.has(topic)) {
      unchanged += 1;
      continue;
    }
    const then = status === 'new' || !previous ? {} : { previous: figuresOf(previous) };
    const impact = status === 'over' ? 'low' : finding.impact;
    const one = { ...finding, topic, impact, evidence: { ...finding.evidence, ...then } };
    tellings.set(topic, toTelling(one, status, followingFingerprint(topic, last.get(topic))));
  }
  for (const { finding, previous } of findOver(found, told, metrics, history)) {
    const evidence = { ...finding.evidence, previous: figuresOf(previous) };
    const fingerprint = followingFingerprint(previous.topic, previous);
    if (!tellings.has(previous.topic))
      tellings.set(previous.topic, toTelling({ ...finding, evidence }, 'over', fingerprint));
  }
  return { tellings: [...tellings.values()].toSorted((one, other) => other.importance - one.importance), unchanged };
}

function figuresOf({ createdAt: at, evidence }: ToldInsight): NonNullable<InsightEvidence['previous']> {
  const { window, value, expected, change, direction } = evidence;
  return { at, window, value, expected, ...defined({ change, direction }) };
}
