/** How German tells of marks that a figure reaches: records, milestones, targets. */
import { plainName } from '../../plain-name.js';
import { roundedForecast } from '../../rounded-forecast.js';
import type { KindTexts } from '../texts.js';
import { deMetric as metricOf } from './metrics.js';
import { dayOf, on, upper } from './phrases.js';

export const deMarks: KindTexts<'marks'> = {
  record({ metric, evidence: { window, record }, formats, figure, value, direction }) {
    const { label, subject, isPluralSubject } = metricOf(metric);
    const of = record?.of ?? (direction === 'up' ? 'highest' : 'lowest');
    const most = of === 'highest' ? 'höchste' : 'niedrigste';
    const since = record ? ` seit dem ${formats.shortDay(record.since)}` : ' bisher';
    const ofAll = record ? ` aller Tage seit dem ${formats.day(record.since)}` : ' bisher';
    const previous = record?.previous;
    return {
      title: `${label}: ${most}r Tag${since}`,
      sentences: [
        `${upper(subject)} ${isPluralSubject ? 'lagen' : 'lag'} ${on(window, formats)} bei ${value}, dem ${most}n Wert${ofAll}.`,
        ...(previous && previous.value !== null
          ? [`Der ${most} Wert davor war ${figure(previous.value)} am ${formats.day(previous.day)}.`]
          : []),
      ],
    };
  },
  milestone({ metric, evidence: { window, milestone }, formats, figure, value }) {
    const { label, subject, isPluralSubject } = metricOf(metric);
    const reached = milestone ? figure(milestone.reached) : value;
    const come = isPluralSubject ? 'kommen' : 'kommt';
    return {
      title: `${label}: insgesamt ${reached} erreicht`,
      sentences: [
        ...(milestone ? [`Seit dem ${formats.day(milestone.since)} ${come} ${subject} auf insgesamt ${value}.`] : []),
        `Die Marke von ${reached} wurde am ${dayOf(window.to, formats)} erreicht.`,
      ],
    };
  },
  target({ metric, evidence, formats, figure, about, value, expected }) {
    const { label, for: whom } = metricOf(metric);
    const { target } = evidence;
    if (!target) return { title: `Ziel: ${label}`, sentences: [`${label}: ${value}; das Ziel ist ${expected}.`] };
    const { status, wanted, outlook, ...between } = target;
    const told = roundedForecast({ ...between, value: outlook }, evidence.unit);
    const name = target.name === undefined ? '' : plainName(target.name);
    const [state, is] = TARGETS[status];
    const isOpen = status === 'on-track' || status === 'at-risk';
    const called = (longest: number) => (name ? ` „${plainName(name, longest)}“` : '');
    return {
      title: `Ziel${called(25)} ${state}: ${label}`,
      sentences: [
        `Das Ziel${called(60)} ${whom} ${on(target.window, formats)} beträgt ${figure(wanted)}; es ${is}.`,
        `${isOpen ? 'Bisher sind es' : 'Das Ergebnis ist'} ${value}.`,
        ...(isOpen
          ? [
              `Die Prognose für den ganzen Zeitraum ist etwa ${about(told.value)}, in 80 von 100 Fällen ${about(told.lower)} bis ${about(told.upper)}.`,
            ]
          : []),
      ],
    };
  },
};

const TARGETS = {
  met: ['erreicht', 'ist erreicht'],
  'on-track': ['auf Kurs', 'ist auf Kurs'],
  'at-risk': ['gefährdet', 'ist gefährdet'],
  missed: ['verfehlt', 'ist verfehlt'],
} as const;
