/** How German tells what the evidence of all kinds has. */
import type { InsightDimension } from '../../../evidence.js';
import { multipleOf } from '../../multiple.js';
import { plainName } from '../../plain-name.js';
import type { Texts } from '../texts.js';
import { deMetric as metricOf } from './metrics.js';
import { against, measuredBy, named, sizeOf, upper } from './phrases.js';

export const deDetails: Texts['details'] = {
  usual: (lower, high) => `Üblich sind ${lower} bis ${high}.`,
  yearBefore({ value, change }, { figure, formats }) {
    const isMultiple = multipleOf(change, value) !== undefined;
    const now = change ? `, jetzt ${isMultiple ? 'ist es' : 'sind es'} ${sizeOf(change, value, formats)}` : '';
    return `An denselben Wochentagen des Vorjahres waren es ${figure(value)}${now}.`;
  },
  holiday({ day, name }, isWithin, formats) {
    return isWithin
      ? `Der ${formats.day(day)} ist ein besonderer Tag: ${plainName(name)}.`
      : `In der Nähe liegt ein besonderer Tag: ${plainName(name)} (${formats.day(day)}).`;
  },
  drivers([first, ...others], formats) {
    if (!first) return '';
    const how = `${first.effect ? EFFECTS[first.effect] : ''}${measuredBy(first)}`;
    if (first.share >= ALL) {
      return `Das geht ganz auf ${ACCUSATIVE[first.dimension]} ${named(first)} zurück${how}.`;
    }
    const rest = others.map((driver) => `${formats.change(driver.share)} auf ${named(driver)}`);
    const go = Math.round(first.share * 100) === 1 ? 'geht' : 'gehen';
    const made = `${formats.change(first.share)} davon ${go} auf ${ACCUSATIVE[first.dimension]} ${named(first)} zurück`;
    return `${[made, ...rest].join(', ')}${how}.`;
  },
  against: (driver) =>
    `${upper(NOMINATIVE[driver.dimension])} ${named(driver)} wirkte dem entgegen${measuredBy(driver)}.`,
  parts(parts, formats) {
    const [first, ...others] = parts;
    if (!first) return '';
    const { isPlural, subject } = metricOf(first.metric);
    return others.length === 0 && !isPlural
      ? `Mitbewegt hat sich ${against(first, formats, subject)}.`
      : `Mitbewegt haben sich ${formats.list(parts.map((part) => against(part, formats)))}.`;
  },
  chance: (cases) =>
    cases === undefined
      ? 'Durch Zufall allein kommt das seltener als einmal in einer Million Fällen vor.'
      : `Durch Zufall allein kommt das etwa einmal in ${cases} Fällen vor.`,
};

/** From this share on a driver has made all of it. */
const ALL = 0.995;

const EFFECTS = {
  mix: ', durch ein anderes Gewicht im Ganzen',
  rate: ', durch einen anderen eigenen Wert',
} as const;

const NOMINATIVE: Readonly<Record<InsightDimension, string>> = {
  platform: 'die Plattform',
  channel: 'der Kanal',
  country: 'das Land',
  product: 'das Produkt',
  campaign: 'die Kampagne',
};

const ACCUSATIVE: Readonly<Record<InsightDimension, string>> = { ...NOMINATIVE, channel: 'den Kanal' };
