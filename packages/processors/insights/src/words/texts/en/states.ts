/** How English tells that something has changed since it was told, or is over. */
import { platformName } from '../../names.js';
import { roundedForecast } from '../../rounded-forecast.js';
import type { Texts } from '../texts.js';
import { enMetric as metricOf } from './metrics.js';
import { highOrLow, on, periodBefore, range, sizeOf } from './phrases.js';

export const enStates: Pick<Texts, 'changed' | 'over'> = {
  changed({ title, sentences }, { kind, about, formats, evidence: { previous, unit } }) {
    const { value } = roundedForecast({ value: previous?.value ?? 0 }, unit);
    const last =
      kind === 'forecast' && previous
        ? `The last one reported was about ${about(value)} for ${range(previous.window, formats)}.`
        : 'The figures have changed since this was last reported.';
    return { title, sentences: [...sentences, last] };
  },
  over(_told, { kind, metric, evidence, formats, value, expected, direction }) {
    const { source, window, previous, before, unit } = evidence;
    const { label, inside, are, were, vary } = metricOf(metric);
    const who = source ? platformName(source.platform) : 'A platform';
    const ended = {
      'silent-platform': `${who} sends data again`,
      'broken-tracking': `${label} ${are} tracked again`,
      'missing-data': `The missing data of ${inside} has arrived`,
    };
    const end = Object.entries(ended).find(([of]) => of === kind)?.[1];
    if (end) return { title: end, sentences: [`${end}.`, `This is about the data ${on(window, formats)}.`] };
    const rising = (previous?.direction ?? direction) === 'up' ? 'rising' : 'falling';
    const much = previous?.change ? ` (${sizeOf(previous.change, previous.expected, unit, formats)})` : '';
    const now = `${label} ${were} ${value} ${on(window, formats)}${before ? `, after ${expected} ${periodBefore(before, formats)}` : ''}.`;
    if (kind === 'trend') {
      const title = `${label} ${are} no longer ${rising}`;
      return {
        title,
        sentences: [
          `A ${rising === 'rising' ? 'rise' : 'fall'} was reported before; the days do not show it any more.`,
          now,
        ],
      };
    }
    if (kind === 'variance') {
      const title = `${label} ${vary} as usual again`;
      return { title, sentences: [`${title}: what was reported before is over.`, now] };
    }
    return {
      title: `${label} no longer unusually ${highOrLow(previous?.direction ?? direction)}`,
      sentences: [`What was reported before${much} is no longer beyond what is usual.`, now],
    };
  },
};
