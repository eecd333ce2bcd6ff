/** How German tells that something has changed since it was told, or is over. */
import { platformName } from '../../names.js';
import { roundedForecast } from '../../rounded-forecast.js';
import type { Texts } from '../texts.js';
import { deMetric as metricOf } from './metrics.js';
import { on, periodBefore, range, since, sizeOf, unusually, upper } from './phrases.js';

export const deStates: Pick<Texts, 'changed' | 'over'> = {
  changed({ title, sentences }, { kind, about, formats, evidence: { previous, unit } }) {
    const { value } = roundedForecast({ value: previous?.value ?? 0 }, unit);
    const last =
      kind === 'forecast' && previous
        ? `Zuletzt gemeldet war etwa ${about(value)} für die Zeit ${range(previous.window, formats)}.`
        : 'Die Werte haben sich seit der letzten Meldung geändert.';
    return { title, sentences: [...sentences, last] };
  },
  over(_told, { kind, metric, evidence: { source, window, previous, before }, formats, value, expected, direction }) {
    const { label, at, of, isPlural } = metricOf(metric);
    const who = source ? platformName(source.platform) : 'Eine Plattform';
    const ended = {
      'silent-platform': `${who} liefert wieder Daten`,
      'broken-tracking': `Die Erfassung ${of} ist wieder in Ordnung`,
      'missing-data': `${upper(at)} sind die fehlenden Daten eingetroffen`,
    };
    const end = Object.entries(ended).find(([of]) => of === kind)?.[1];
    if (end) return { title: end, sentences: [`${end}.`, `Betroffen waren die Daten ${since(window, formats)}.`] };
    const isUp = (previous?.direction ?? direction) === 'up';
    const much = previous?.change ? ` (${sizeOf(previous.change, previous.expected, formats)})` : '';
    const after = before ? `, nach ${expected} ${periodBefore(before, formats)}` : '';
    const now = `${label} ${on(window, formats)}: ${value}${after}.`;
    if (kind === 'trend') {
      const moves = isUp ? (isPlural ? 'steigen' : 'steigt') : isPlural ? 'fallen' : 'fällt';
      const title = `${label} ${moves} nicht mehr`;
      return {
        title,
        sentences: [`Gemeldet war ein ${isUp ? 'Anstieg' : 'Rückgang'}; die Tage zeigen ihn nicht mehr.`, now],
      };
    }
    if (kind === 'variance') {
      const title = `${label} ${isPlural ? 'schwanken' : 'schwankt'} wieder wie üblich`;
      return { title, sentences: [`${title}: Was gemeldet war, ist vorbei.`, now] };
    }
    return {
      title: `${label} nicht mehr ${unusually(isUp ? 'up' : 'down')}`,
      sentences: [`Was gemeldet war${much}, geht nicht mehr über das Übliche hinaus.`, now],
    };
  },
};
