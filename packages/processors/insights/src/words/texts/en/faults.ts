/** How English tells of faults of the data. */
import { daysIn, hasEnded } from '../../format.js';
import { platformName } from '../../names.js';
import type { KindTexts } from '../texts.js';
import { enMetric as metricOf } from './metrics.js';
import { against, daysOf, on, wasExpected } from './phrases.js';

export const enFaults: KindTexts<'faults'> = {
  'missing-data'({ metric, evidence: { window, source }, formats }) {
    const { label, inside } = metricOf(metric);
    const days = daysIn(window);
    const when = days === 1 ? ` on ${formats.shortDay(window.from)}` : `, ${formats.shortDays(window)}`;
    return {
      title: `${label}: no data${when}`,
      sentences: [
        `Nothing is known of ${inside} ${on(window, formats)}${days === 1 ? '' : ` (${formats.number(days)} days)`}.`,
        `It is a gap in the data${source ? ` of ${platformName(source.platform)}` : ''}, not a fall.`,
      ],
    };
  },
  'silent-platform'(said) {
    const { metric, evidence, formats, value } = said;
    const { window, source, parts = [] } = evidence;
    const { label, inside } = metricOf(metric);
    const others = parts.slice(0, 3).map((part) => metricOf(part.metric).inside);
    const low = others.length > 0 ? `: ${formats.list([inside, ...others])}` : '';
    const who = source ? platformName(source.platform) : 'A platform';
    const isOver = hasEnded(evidence);
    return {
      title: isOver
        ? `${who} sent no data${daysOf(window, formats)}`
        : `${who} has sent no data since ${formats.shortDay(window.from)}`,
      sentences: [
        `${who} ${isOver ? 'sent' : 'has sent'} no data ${on(window, formats)}.`,
        `${label}: ${value}, where ${wasExpected(said)}.`,
        `The figures of these days are too low${isOver ? '' : ' until it sends data again'}${low}.`,
      ],
    };
  },
  'broken-tracking'(said) {
    const { metric, evidence, formats, value } = said;
    const { window, source, witness, parts = [] } = evidence;
    const { label, inside, were } = metricOf(metric);
    const by = source ? platformName(source.platform) : undefined;
    const others = parts.slice(0, 3).map((part) => `${metricOf(part.metric).inside} (${against(part, formats)})`);
    const isOver = hasEnded(evidence);
    const when = isOver ? daysOf(window, formats).replace(/^:/, ',') : ` since ${formats.shortDay(window.from)}`;
    return {
      title: `${by ? `${by}: t` : 'T'}racking of ${inside} broken${when}`,
      sentences: [
        `${label} ${were} ${value} ${on(window, formats)}, where ${wasExpected(said)}, while ${WENT_ON[witness?.metric ?? ''] ?? 'sales went on'}.`,
        `So the tracking of ${inside}${by ? ` by ${by}` : ''} seems to ${isOver ? 'have been' : 'be'} broken, and not the sales.`,
        ...(others.length > 0 ? [`It shows in ${formats.list(others)}, too.`] : []),
      ],
    };
  },
};

/** What shows that it is the tracking: a figure that went on. */
const WENT_ON: Readonly<Partial<Record<string, string>>> = {
  orders: 'orders still came in',
  clicks: 'people still clicked on the ads',
  impressions: 'the ads were still shown',
};
