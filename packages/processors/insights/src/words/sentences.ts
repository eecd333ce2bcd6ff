/** A finding in plain English: a title, and a text that says what it was compared with. */

import type { InsightEvidence } from '../evidence.js';
import type { Finding } from '../findings/finding.js';
import type { Formats } from './format.js';

export interface Words {
  readonly title: string;
  readonly text: string;
}

export function wordsOf({ kind, metric, evidence }: Finding, formats: Formats): Words {
  return kind === 'change' ? changeWords(metric.label, evidence, formats) : dayWords(metric.label, evidence, formats);
}

function changeWords(label: string, evidence: InsightEvidence, formats: Formats): Words {
  const { window, before = window, change, direction, value, expected, days } = evidence;
  const figure = (of: number) => formats.figure(of, evidence);
  const range = ({ from, to }: InsightEvidence['window']) => `${formats.day(from)} to ${formats.day(to)}`;
  const moved = direction === 'up' ? 'rose' : 'fell';
  const title =
    change === undefined
      ? `${label} ${moved} from ${figure(expected)} to ${figure(value)}`
      : `${label} ${moved} by ${formats.change(change)}`;
  const sentences = [
    `${title}: ${figure(value)} from ${range(window)}, after ${figure(expected)} in the equal period before (${range(before)}).`,
    ...(change === undefined ? ['There is no percentage, as the period before has 0.'] : []),
    ...(days && days.left > 0 ? [leftOut(days.left)] : []),
  ];
  return { title, text: sentences.join(' ') };
}

function leftOut(days: number): string {
  const [which, whose] = days === 1 ? ['1 day of each period is', 'its'] : [`${days} days of each period are`, 'their'];
  return `${which} left out: ${whose} figures, or those of what ${days === 1 ? 'it is' : 'they are'} compared with, are incomplete or may still change.`;
}

function dayWords(label: string, evidence: InsightEvidence, formats: Formats): Words {
  const { window, value, expected, change, direction, weekdays = { count: 0, mad: 0 } } = evidence;
  const figure = (of: number) => formats.figure(of, evidence);
  const weekday = weekdayOf(window.from);
  const day = `${weekday}, ${formats.day(window.from)}`;
  const size =
    change === undefined ? '' : `, ${formats.change(change)} ${direction === 'up' ? 'more' : 'less'} than usual`;
  const sentences = [
    `${label}: ${figure(value)} on ${day}${size}.`,
    `The median of the ${weekdays.count} ${weekday}s before is ${figure(expected)}; half of them are within ${figure(weekdays.mad)} of it.`,
    ...(change === undefined ? ['There is no percentage, as the median is 0.'] : []),
  ];
  return {
    title: `${label} unusually ${direction === 'up' ? 'high' : 'low'} on ${day}`,
    text: sentences.join(' '),
  };
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

function weekdayOf(day: string): string {
  return WEEKDAYS[new Date(day).getUTCDay()] ?? '';
}
