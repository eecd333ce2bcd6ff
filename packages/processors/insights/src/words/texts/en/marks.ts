/** How English tells of marks that a figure reaches: records, milestones, targets. */
import { plainName } from '../../plain-name.js';
import { roundedForecast } from '../../rounded-forecast.js';
import type { KindTexts } from '../texts.js';
import { enMetric as metricOf } from './metrics.js';
import { dayOf, on } from './phrases.js';

export const enMarks: KindTexts<'marks'> = {
  record({ metric, evidence: { window, record }, formats, figure, value, direction }) {
    const { label, were } = metricOf(metric);
    const of = record?.of ?? (direction === 'up' ? 'highest' : 'lowest');
    const since = record ? ` since ${formats.shortDay(record.since)}` : ' so far';
    const ofAll = record ? `the ${of} of all days since ${formats.day(record.since)}` : `the ${of} so far`;
    const previous = record?.previous;
    return {
      title: `${label}: ${of} day${since}`,
      sentences: [
        `${label} ${were} ${value} ${on(window, formats)}, ${ofAll}.`,
        ...(previous && previous.value !== null
          ? [`The ${of} before was ${figure(previous.value)} on ${formats.day(previous.day)}.`]
          : []),
      ],
    };
  },
  milestone({ metric, evidence: { window, milestone }, formats, figure, value }) {
    const { label, inside, have, add } = metricOf(metric);
    const reached = milestone ? figure(milestone.reached) : value;
    const sum = milestone ? `Since ${formats.day(milestone.since)}, ${inside} ${add} up to ${value}.` : '';
    return {
      title: `${label} ${have} reached ${reached} in total`,
      sentences: [...(sum ? [sum] : []), `${reached} was reached on ${dayOf(window.to, formats)}.`],
    };
  },
  target({ metric, evidence, formats, figure, about, value, expected }) {
    const { label, inside } = metricOf(metric);
    const { target } = evidence;
    if (!target) return { title: `Target: ${inside}`, sentences: [`${label}: ${value}; the target is ${expected}.`] };
    const { status, wanted, outlook, ...between } = target;
    const told = roundedForecast({ ...between, value: outlook }, evidence.unit);
    const name = target.name === undefined ? '' : plainName(target.name);
    const [of, is] = TARGETS[status];
    const isOpen = status === 'on-track' || status === 'at-risk';
    const called = (longest: number) => (name ? ` “${plainName(name, longest)}”` : '');
    return {
      title: `Target${called(25)} ${of}: ${inside}`,
      sentences: [
        `The target${called(60)} ${on(target.window, formats)} is ${figure(wanted)} of ${inside}; it ${is}.`,
        `${isOpen ? 'So far it' : 'The result'} is ${value}.`,
        ...(isOpen
          ? [
              `The forecast for the whole time is about ${about(told.value)}, in 80 of 100 cases between ${about(told.lower)} and ${about(told.upper)}.`,
            ]
          : []),
      ],
    };
  },
};

const TARGETS = {
  met: ['met', 'is met'],
  'on-track': ['on track', 'is on track'],
  'at-risk': ['at risk', 'is at risk'],
  missed: ['missed', 'is missed'],
} as const;
