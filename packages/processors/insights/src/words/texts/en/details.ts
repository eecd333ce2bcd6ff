/** How English tells what the evidence of all kinds has. */
import { plainName } from '../../plain-name.js';
import type { Texts } from '../texts.js';
import { enMetric as metricOf } from './metrics.js';
import { against, measuredBy, nameOf, sizeOf } from './phrases.js';

export const enDetails: Texts['details'] = {
  usual: (lower, upper) => `The usual range is ${lower} to ${upper}.`,
  yearBefore({ value, change }, { evidence, figure, formats }) {
    const now = change ? `; now it is ${sizeOf(change, value, evidence.unit, formats)}` : '';
    return `A year before, the same weekdays had ${figure(value)}${now}.`;
  },
  holiday({ day, name }, isWithin, formats) {
    return isWithin
      ? `${formats.day(day)} is ${plainName(name)}.`
      : `${plainName(name)} (${formats.day(day)}) is close to it.`;
  },
  drivers([first, ...others], formats) {
    if (!first) return '';
    const how = `${first.effect ? EFFECTS[first.effect] : ''}${measuredBy(first)}`;
    if (first.share >= ALL) return `${nameOf(first)} (${first.dimension}) accounts for all of it${how}.`;
    const rest = others.map((driver) => `${nameOf(driver)} ${formats.change(driver.share)}`);
    const made = `${nameOf(first)} (${first.dimension}) accounts for ${formats.change(first.share)} of it`;
    return `${formats.list([made, ...rest])}${how}.`;
  },
  against: (driver) => `${nameOf(driver)} (${driver.dimension}) worked against it${measuredBy(driver)}.`,
  parts(parts, formats) {
    const moved = parts.map((part, index) => {
      const { label, inside } = metricOf(part.metric);
      return `${index === 0 ? label : inside} (${against(part, formats)})`;
    });
    return `${formats.list(moved)} moved with it.`;
  },
  chance: (cases) =>
    cases === undefined
      ? 'By chance alone this happens less than once in a million cases.'
      : `By chance alone this happens about once in ${cases} cases.`,
};

/** From this share on a driver has made all of it. */
const ALL = 0.995;

const EFFECTS = {
  mix: ', because its part of the whole has changed',
  rate: ', because its own figure has changed',
} as const;
