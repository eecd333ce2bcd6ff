/**
 * What is worth telling of what was found: what is new, and what has changed since it was told.
 *
 * A finding continues what was told of its topic, or of the same metrics and days: of several that moved together another
 * one may lead today, a drop of some days turns out to be a level shift, and the first day of a shift is an estimate. It has
 * changed when its direction has, when its change against what is expected has moved by more than five points and more than
 * a quarter, when its kind has, or when an event has more days and twice the effect. Otherwise nothing is told again,
 * however much the days of its window have moved on.
 */
import type { InsightImpact } from '../evidence.js';
import type { Finding } from '../findings/finding.js';
import type { ToldInsight } from '../ports.js';
import type { InsightPeriod } from '../queue.js';
import { isExplainedBy } from './explained.js';
import { isEvent } from './kinds.js';
import { type About, isSame, type Member, membersOf } from './members.js';
import { lengthOf } from './windows.js';

/** A change that has moved by so much of the expected value is another one: 0.05 is 5 points. */
const POINTS = 0.05;

/** And by such a part of what was told. */
const PART = 0.25;

/** An event that has gone on for longer is told again when it has so many times the effect. */
const LARGER = 2;

/** What is said of a finding that was told before. */
export interface Judged {
  readonly finding: Finding;
  /** Of what it continues, else its own. */
  readonly topic: string;
  readonly status: 'new' | 'changed' | 'unchanged';
  /** What it continues, also where that is over. */
  readonly previous?: ToldInsight;
}

/**
 * @param findings the most important first: each that was told is continued by one
 * @param told the last of each topic
 */
export function judge(findings: readonly Finding[], told: readonly ToldInsight[], period: InsightPeriod): Judged[] {
  const continued = new Set<ToldInsight>();
  return findings.map((finding) => {
    const members = membersOf(about(finding));
    const [previous] = told
      .filter((one) => isContinued(one, finding, members, period))
      .toSorted((one, other) => closeness(other, finding, members) - closeness(one, finding, members));
    if (!previous) return { finding, topic: finding.topic, status: isEcho(finding, told) ? 'unchanged' : 'new' };
    if (previous.status === 'over') return { finding, topic: finding.topic, status: 'new', previous };
    const status = hasChanged(finding, members, previous) ? 'changed' : 'unchanged';
    // Of two that continue one, the second has a topic of its own from now on.
    if (continued.has(previous) && previous.topic !== finding.topic) return { finding, topic: finding.topic, status };
    continued.add(previous);
    return { finding, topic: previous.topic, status, previous };
  });
}

export function about({ kind, metric, evidence }: Finding): About {
  return { kind, metric: metric.name, evidence };
}

/** What is of a period has its name in the topic: another period is another matter. */
export function isOfPeriod({ topic, period }: Pick<ToldInsight, 'topic' | 'period'>): boolean {
  return topic.endsWith(`:${period}`);
}

function isContinued(told: ToldInsight, finding: Finding, members: readonly Member[], period: InsightPeriod): boolean {
  if (told.topic === finding.topic) return true;
  if (told.status === 'over') return false;
  if (isOfPeriod(told) !== isOfPeriod({ topic: finding.topic, period })) return false;
  if (isOfPeriod(told) && told.period !== period) return false;
  if (told.evidence.season?.of !== finding.evidence.season?.of) return false;
  if (told.evidence.source?.integrationId !== finding.evidence.source?.integrationId) return false;
  // Records, milestones and the like are what their topic says.
  if (!CONTINUED_BY_PARTS.has(finding.kind)) return false;
  return membersOf(told).some((one) => members.some((other) => isSame(one, other)));
}

const CONTINUED_BY_PARTS: ReadonlySet<string> = new Set([
  'change',
  'trend',
  'variance',
  'season',
  'forecast',
  'spike',
  'drop',
  'level-shift',
  'unusual-day',
  'turning-point',
  'silent-platform',
  'broken-tracking',
]);

/** What is not over comes before what is; then the topic, then what has most metrics in common. */
function closeness(told: ToldInsight, finding: Finding, members: readonly Member[]): number {
  const common = membersOf(told).filter((one) => members.some((other) => isSame(one, other))).length;
  return (told.status === 'over' ? 0 : 10_000) + (told.topic === finding.topic ? 1_000 : 0) + common;
}

/** The change of a period that an event explains which was told: it comes and goes with the days of the period. */
function isEcho(finding: Finding, told: readonly ToldInsight[]): boolean {
  return told.some((one) => membersOf(one).some((event) => isEvent(event.kind) && isExplainedBy(finding, event)));
}

function hasChanged(finding: Finding, members: readonly Member[], told: ToldInsight): boolean {
  const before = membersOf(told);
  const [head] = members;
  const own = head && before.find((one) => isSame(one, head));
  if (head && own) return head.kind !== own.kind || isOtherFigure(head, own);
  // What leads now was not among those that were told: news where it matters more than they did, or they have changed.
  if (RANK[finding.impact] > RANK[told.impact]) return true;
  return members.some((one) => before.some((other) => isSame(one, other) && isOtherFigure(one, other)));
}

const RANK: Readonly<Record<InsightImpact, number>> = { low: 0, medium: 1, high: 2 };

function isOtherFigure(now: Member, then: Member): boolean {
  if (now.direction !== then.direction) return true;
  // Where 0 is expected there is no change in parts of it: then by the values themselves.
  if (now.change === undefined || then.change === undefined) {
    return Math.abs(now.value - then.value) > PART * Math.abs(then.value);
  }
  const [change, before] = [now.change, then.change];
  if (Math.abs(change - before) > Math.max(POINTS, PART * Math.abs(before))) return true;
  const [days, daysBefore] = [lengthOf(now.window), lengthOf(then.window)];
  if (!isEvent(now.kind) || now.kind === 'level-shift' || days <= daysBefore) return false;
  return Math.abs(change) * days >= LARGER * Math.abs(before) * daysBefore;
}
