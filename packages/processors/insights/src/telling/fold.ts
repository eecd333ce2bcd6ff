/**
 * Many metrics that moved for one cause are one finding with its parts.
 *
 * - Events (spikes, drops, level shifts) of related metrics that begin within days of each other are one. Metrics are
 *   related that move together in the same direction (more sessions, more orders), and a ratio with its figures in either
 *   direction: sessions three times, orders twice and a half as many, so the conversion rate is down.
 * - The changes of a period, its trends, and so on: in the same way, within their kind and days. Seasons, forecasts and
 *   holidays are one for all metrics.
 * - What an event explains is a part of it: the change of a period, a trend, a turning point, a record. See `explained.ts`.
 *
 * What is told of several is the kind of the strongest, and of this kind, on its days, the one with the highest impact, money first.
 */
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightImpact, InsightPart } from '../evidence.js';
import type { Finding } from '../findings/finding.js';
import { isExplained } from './explained.js';
import { familyOf, isEvent } from './kinds.js';
import { figuresOf, goTogether, isRatioOf, orderOf } from './relations.js';
import { commonDays, isNear } from './windows.js';

/** No more parts are kept: there are twelve metrics. */
const MOST_PARTS = 24;

const IMPACTS: readonly InsightImpact[] = ['high', 'medium', 'low'];

/** Each with its parts. What is in none comes as it is, in its order. */
export function fold(findings: readonly Finding[]): Finding[] {
  const groups = groupsOf(findings);
  const isOfEvent = ([first]: readonly Finding[]) => first !== undefined && isEvent(first.kind);
  const events = groups.filter(isOfEvent).map((group) => ({ group, explained: [] as Finding[] }));
  const rest = groups.flatMap((group) => {
    if (isOfEvent(group)) return [];
    const cause = events.find((event) => group.some((one) => isExplained(one, event.group)));
    if (!cause) return [group];
    // What the event does not explain itself is a part of it where it moves with what leads there.
    const head = headOf(cause.group);
    const isPart = (one: Finding) => isExplained(one, cause.group) || moveTogether(one, head);
    cause.explained.push(...group.filter(isPart));
    return groupsOf(group.filter((one) => !isPart(one)));
  });
  return [...events.map(({ group, explained }) => asOne(group, explained)), ...rest.map((group) => asOne(group, []))];
}

/** What can be reached from one to the next is one group. */
function groupsOf(findings: readonly Finding[]): Finding[][] {
  const groups: Finding[][] = [];
  for (const finding of findings) {
    const reached = groups.filter((group) => group.some((other) => haveOneCause(finding, other)));
    for (const group of reached) groups.splice(groups.indexOf(group), 1);
    groups.push([...reached.flat(), finding]);
  }
  return groups;
}

function haveOneCause(one: Finding, other: Finding): boolean {
  if (familyOf(one.kind) !== familyOf(other.kind)) return false;
  switch (one.kind) {
    case 'forecast':
      return true;
    case 'season':
      return one.evidence.season?.of === other.evidence.season?.of;
    case 'holiday':
      return one.evidence.holiday?.day === other.evidence.holiday?.day;
    case 'record':
      return commonDays(one.evidence.window, other.evidence.window) > 0;
    case 'missing-data':
      return isOfOneSource(one, other) && commonDays(one.evidence.window, other.evidence.window) > 0;
    // A sum that was reached, a target, and what `quality/` has put together already stand alone.
    case 'milestone':
    case 'target':
    case 'silent-platform':
    case 'broken-tracking':
      return false;
    case 'turning-point':
      return isNear(datedOf(one), datedOf(other)) && moveTogether(one, other);
    case 'change':
    case 'trend':
    case 'variance':
      return commonDays(one.evidence.window, other.evidence.window) > 0 && moveTogether(one, other);
    default:
      return isNear(datedOf(one), datedOf(other)) && moveTogether(one, other);
  }
}

const datedOf = ({ kind, evidence: { window } }: Finding) => ({ kind, window });

function isOfOneSource({ evidence: { source: one } }: Finding, { evidence: { source: other } }: Finding): boolean {
  return one?.platform === other?.platform && one?.integrationId === other?.integrationId;
}

function moveTogether(one: Finding, other: Finding): boolean {
  if (isRatioOf(one.metric, other.metric)) return true;
  return one.evidence.direction === other.evidence.direction && goTogether(one.metric, other.metric);
}

/** @param group not empty */
function headOf(group: readonly Finding[]): Finding {
  const names = group.map(({ metric }) => metric.name);
  // A ratio that follows from a figure of the group does not say what happened.
  const causes = group.filter(({ metric }) => !figuresOf(metric).some((name) => names.includes(name)));
  const candidates = causes.length > 0 ? causes : group;
  const strongest = candidates.toSorted((one, other) => strengthOf(other) - strengthOf(one))[0];
  // Also on its days: what begins a day later and goes on for two weeks does not say what happened on the strongest's day.
  const isOfStrongest = ({ kind, evidence: { window } }: Finding) =>
    kind === strongest?.kind && commonDays(window, strongest.evidence.window) > 0;
  const [head] = candidates.filter(isOfStrongest).toSorted(byWeight);
  if (!head) throw new Error('A group of findings is empty');
  return head;
}

const strengthOf = ({ evidence: { score = 0 } }: Finding) => Math.abs(score);

function byWeight(one: Finding, other: Finding): number {
  return (
    IMPACTS.indexOf(one.impact) - IMPACTS.indexOf(other.impact) ||
    orderOf(one.metric.name) - orderOf(other.metric.name) ||
    strengthOf(other) - strengthOf(one)
  );
}

function asOne(group: readonly Finding[], explained: readonly Finding[]): Finding {
  const head = headOf(group);
  const others = [...group.filter((one) => one !== head).toSorted(byWeight), ...explained.toSorted(byWeight)];
  if (others.length === 0) return head;
  const parts = new Map<string, InsightPart>();
  for (const part of [...(head.evidence.parts ?? []), ...others.flatMap(partsOf)]) {
    const key = JSON.stringify([part.kind, part.metric, part.window]);
    if (!parts.has(key)) parts.set(key, part);
  }
  const [impact = head.impact] = group
    .map((one) => one.impact)
    .toSorted((a, b) => IMPACTS.indexOf(a) - IMPACTS.indexOf(b));
  return { ...head, impact, evidence: { ...head.evidence, parts: [...parts.values()].slice(0, MOST_PARTS) } };
}

function partsOf({ kind, metric, evidence }: Finding): InsightPart[] {
  const { unit, currency, window, value, expected, change, direction, parts = [] } = evidence;
  const own = { kind, metric: metric.name, unit, window, value, expected, ...defined({ currency, change, direction }) };
  return [own, ...parts];
}
