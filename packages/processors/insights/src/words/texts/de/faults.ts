/** How German tells of faults of the data. */
import { daysIn, hasEnded } from '../../format.js';
import { platformName } from '../../names.js';
import type { KindTexts } from '../texts.js';
import { deMetric as metricOf } from './metrics.js';
import { against, dayOf, daysOf, lay, on, upper } from './phrases.js';

export const deFaults: KindTexts<'faults'> = {
  'missing-data'({ metric, evidence: { window, source }, formats }) {
    const { label, at } = metricOf(metric);
    const days = daysIn(window);
    const isDay = days === 1;
    const when = isDay ? ` am ${formats.shortDay(window.from)}` : `, ${formats.shortDays(window)}`;
    return {
      title: `${label}: keine Daten${when}`,
      sentences: [
        `${upper(at)} fehlen die Daten ${isDay ? `vom ${dayOf(window.from, formats)}` : `${on(window, formats)} (${formats.number(days)} Tage)`}.`,
        `Das ist eine Lücke in den Daten${source ? ` von ${platformName(source.platform)}` : ''} und kein Rückgang.`,
      ],
    };
  },
  'silent-platform'({ metric, evidence, formats, value, expected }) {
    const { window, source, parts = [] } = evidence;
    const { label } = metricOf(metric);
    const others = parts.slice(0, 3).map((part) => metricOf(part.metric).label);
    const low = others.length > 0 ? `: ${formats.list([label, ...others])}` : '';
    const who = source ? platformName(source.platform) : 'Eine Plattform';
    const isOver = hasEnded(evidence);
    return {
      title: isOver
        ? `${who} ohne Daten${daysOf(window, formats)}`
        : `${who} liefert seit dem ${formats.shortDay(window.from)} keine Daten`,
      sentences: [
        `${who} hat ${on(window, formats)} keine Daten geliefert.`,
        `${label}: ${value}, erwartet: ${expected}.`,
        `Die Werte dieser Tage sind zu niedrig${isOver ? '' : ', bis wieder Daten kommen'}${low}.`,
      ],
    };
  },
  'broken-tracking'(said) {
    const { metric, evidence, formats } = said;
    const { window, source, witness, parts = [] } = evidence;
    const { of } = metricOf(metric);
    const by = source ? platformName(source.platform) : undefined;
    const others = parts.slice(0, 3).map((part) => against(part, formats));
    const isOver = hasEnded(evidence);
    const when = isOver ? daysOf(window, formats).replace(/^:/, ',') : ` seit dem ${formats.shortDay(window.from)}`;
    return {
      title: `${by ? `${by}: ` : ''}Erfassung ${of} gestört${when}`,
      sentences: [
        `${upper(lay({ ...said, size: undefined }, ` ${on(window, formats)}`))}.`,
        WENT_ON[witness?.metric ?? ''] ?? 'Verkauft wurde weiter.',
        `Gestört ${isOver ? 'war' : 'ist'} also wohl die Erfassung ${of}${by ? ` durch ${by}` : ''} und nicht der Verkauf.`,
        ...(others.length > 0 ? [`Es zeigt sich auch hier: ${formats.list(others)}.`] : []),
      ],
    };
  },
};

/** What shows that it is the tracking: a figure that went on. */
const WENT_ON: Readonly<Partial<Record<string, string>>> = {
  orders: 'Bestellungen gab es weiter.',
  clicks: 'Auf die Anzeigen wurde weiter geklickt.',
  impressions: 'Die Anzeigen wurden weiter gezeigt.',
};
