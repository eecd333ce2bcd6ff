/**
 * What is worth telling of what was found: what is new, and what has changed since it was told.
 *
 * A finding continues what was told of its topic, or of the same metrics and days: of several that moved together another
 * one may lead today, a drop of some days turns out to be a level shift, and the first day of a shift is an estimate. It has
 * changed when its direction has, when its change against what is expected has moved by more than five points and more than
 * a quarter, when its kind has, or when an event has more days and twice the effect. A spike or drop of the same days has when
 * their value has, by more than a quarter. A forecast has when it contradicts the one that was told: see `forecasts.ts`. Otherwise it is not reported again, even if the days of its window have moved on.
 */
import { dayIn } from '@bizinsights/jobs-core/define';
import type { InsightDays, InsightImpact, InsightStatus } from '../evidence.js';
import type { Finding } from '../findings/finding.js';
import type { History } from '../history.js';
import { addDays } from '../periods.js';
import type { ToldInsight } from '../ports.js';
import type { InsightPeriod } from '../queue.js';
import { isExplainedBy } from './explained.js';
import { forecastStatus } from './forecasts.js';
import { isDated, isEvent, isFault, isKnownByMetrics } from './kinds.js';
import { type About, isSame, type Member, membersOf } from './members.js';
import { lengthOf } from './windows.js';

/** A change that has moved by so much of the expected value is another one: 0.05 is 5 points. */
const POINTS = 0.05;

/** And by such a part of what was told. */
const PART = 0.25;

/** An event that has gone on for longer is told again when it has so many times the effect. */
const LARGER = 2;

/** What is said of a finding that may have been told before. */
export interface Judged {
  readonly finding: Finding;
  /** Of what it continues, else its own. */
  readonly topic: string;
  readonly status: InsightStatus | 'unchanged';
  /** What it continues, also where that is over. */
  readonly previous?: ToldInsight;
}

/**
 * @param findings the most important first: each that was told is continued by one
 * @param told the last of each topic
 */
export function judge(findings: readonly Finding[], told: readonly ToldInsight[], history: History): Judged[] {
  const continued = new Set<ToldInsight>();
  return findings.map((finding) => {
    const { topic } = finding;
    const members = membersOf(about(finding));
    const [previous] = told
      .filter((one) => isContinued(one, finding, members, history.period))
      .toSorted((one, other) => closeness(other, finding, members) - closeness(one, finding, members));
    const isQuiet = isEcho(finding, told);
    if (!previous) return { finding, topic, status: isQuiet ? 'unchanged' : 'new' };
    const status = isQuiet ? 'unchanged' : statusOf(finding, members, previous, history);
    if (status === 'new') return { finding, topic, status, ...(previous.topic === topic ? { previous } : {}) };
    // Of two that continue one, the second has a topic of its own from now on.
    if (continued.has(previous) && previous.topic !== topic) return { finding, topic, status };
    continued.add(previous);
    return { finding, topic: previous.topic, status, previous };
  });
}

function statusOf(
  finding: Finding,
  members: readonly Member[],
  previous: ToldInsight,
  history: History,
): Judged['status'] {
  const { kind, evidence } = finding;
  const isAnother = isDated(kind) && !membersOf(previous).some((one) => members.some((other) => isSame(one, other)));
  if (previous.status === 'over') {
    // A fault that is over is found as long as its days are looked at.
    return isFault(kind) && !isAnother && !goesOn(evidence.window, history.calendar.today) ? 'unchanged' : 'new';
  }
  if (isAnother) return 'new';
  if (kind === 'forecast') return forecastStatus(evidence, previous.evidence);
  if (isFault(kind) && hasEnded(finding, previous, history)) return 'over';
  return hasChanged(finding, members, previous) ? 'changed' : 'unchanged';
}

/** The last day or two may not be known yet. */
function goesOn({ to }: InsightDays, today: string): boolean {
  return to >= addDays(today, -2);
}

/** Whether it went on when it was told, and does not any more. */
function hasEnded({ evidence }: Finding, previous: ToldInsight, { calendar }: History): boolean {
  const toldOn = dayIn(calendar.timeZone, previous.createdAt);
  return goesOn(previous.evidence.window, toldOn) && !goesOn(evidence.window, calendar.today);
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
  const { kind, topic } = finding;
  if (!isKnownByMetrics(kind) || (told.status === 'over' && !isFault(kind))) return false;
  if (isOfPeriod(told) !== isOfPeriod({ topic, period }) || (isOfPeriod(told) && told.period !== period)) return false;
  const [then, now] = [told.evidence, finding.evidence];
  if (then.season?.of !== now.season?.of || then.record?.of !== now.record?.of) return false;
  if (kind === 'holiday' && then.holiday?.day !== now.holiday?.day) return false;
  if (then.source?.integrationId !== now.source?.integrationId) return false;
  return membersOf(told).some((one) => members.some((other) => isSame(one, other)));
}

/** What is not over comes before what is; then the topic, then what has most metrics in common. */
function closeness(told: ToldInsight, finding: Finding, members: readonly Member[]): number {
  const common = membersOf(told).filter((one) => members.some((other) => isSame(one, other))).length;
  return (told.status === 'over' ? 0 : 10_000) + (told.topic === finding.topic ? 1_000 : 0) + common;
}

/** The change of a period that an event explains which was told: it comes and goes with the days of the period. */
function isEcho(finding: Finding, told: readonly ToldInsight[]): boolean {
  const { to } = finding.evidence.window;
  return told.some((one) =>
    membersOf(one).some(
      ({ window, ...event }) =>
        isEvent(event.kind) &&
        // A level stays after it was told.
        isExplainedBy(finding, { ...event, window: event.kind === 'level-shift' ? { from: window.from, to } : window }),
    ),
  );
}

function hasChanged(finding: Finding, members: readonly Member[], told: ToldInsight): boolean {
  if (finding.evidence.target?.status !== told.evidence.target?.status) return true;
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
  const [days, daysBefore] = [lengthOf(now.window), lengthOf(then.window)];
  const isSpike = isEvent(now.kind) && now.kind !== 'level-shift' && now.kind === then.kind;
  // What was expected of days that are past is estimated in each run: of them only their values are facts.
  if (isSpike && days <= daysBefore) return days === daysBefore && isOtherValue(now, then);
  // Where 0 is expected there is no change in parts of it.
  if (now.change === undefined || then.change === undefined) return isOtherValue(now, then);
  const [change, before] = [now.change, then.change];
  if (Math.abs(change - before) > Math.max(POINTS, PART * Math.abs(before))) return true;
  return isSpike && Math.abs(change) * days >= LARGER * Math.abs(before) * daysBefore;
}

function isOtherValue(now: Member, then: Member): boolean {
  return Math.abs(now.value - then.value) > PART * Math.abs(then.value);
}
