/** How English tells of days that are not as expected. */
import { weekdayOf } from '../../format.js';
import { isSum } from '../../metric-sum.js';
import { plainName } from '../../plain-name.js';
import type { KindTexts, Said, Told } from '../texts.js';
import { enMetric as metricOf } from './metrics.js';
import {
  dayOf,
  daysOf,
  higherOrLower,
  highOrLow,
  moreOrFewer,
  moreOrLess,
  on,
  timesAs,
  upper,
  wasExpected,
} from './phrases.js';

export const enEvents: KindTexts<'events'> = {
  spike: farOff,
  drop: farOff,
  'level-shift'({ metric, evidence, formats, value, expected, size, multiple, direction }) {
    const { label, inside, are, were } = metricOf(metric);
    const { window, ended } = evidence;
    const level = direction === 'up' ? 'higher' : 'lower';
    const { unit } = evidence;
    const much = multiple ? timesAs(multiple, unit) : size ? `${size} ${moreOrFewer(direction, unit)}` : undefined;
    return {
      title: `${label} at a ${level} level${ended ? daysOf(window, formats) : ` since ${formats.shortDay(window.from)}`}`,
      sentences: [
        `${ended ? upper(on(window, formats)) : `Since ${dayOf(window.from, formats)}`}, ${inside} ${ended ? were : are} at a ${level} level: ${value}${isSum(metric) ? ' a day' : ''} instead of ${expected}${much ? ` (${much})` : ''}.`,
      ],
    };
  },
  variance({ metric, evidence, formats, value, expected, direction }) {
    const { label, inside, vary } = metricOf(metric);
    const how = direction === 'up' ? 'more' : 'less';
    return {
      title: `${label} ${vary} ${how} than before`,
      sentences: [
        `Since ${dayOf(evidence.window.from, formats)}, ${inside} ${vary} ${how} from day to day: by ${value} instead of ${expected}.`,
      ],
    };
  },
  holiday(said) {
    const { metric, evidence, formats, value, size, multiple, direction } = said;
    const { holiday, window } = evidence;
    if (!holiday) return farOff(said);
    const { inside, were } = metricOf(metric);
    const name = plainName(holiday.name);
    const isDay = window.from === holiday.day && window.to === holiday.day;
    const large = size ? `${size} ${higherOrLower(direction)}` : `unusually ${highOrLow(direction)}`;
    const how = multiple ? `${multiple} times as high` : large;
    const when = isDay
      ? `On ${name} (${dayOf(holiday.day, formats)})`
      : `Around ${name} (${formats.day(holiday.day)}), ${on(window, formats)}`;
    return {
      title: `${plainName(holiday.name, 30)}: ${inside} ${how}`,
      sentences: [`${when}, ${inside} ${were} ${value}${than(said)}.`],
    };
  },
  'unusual-day'({ metric, evidence, formats, figure, value, expected, size, multiple, direction }) {
    const { label } = metricOf(metric);
    const { window, weekdays } = evidence;
    const weekday = formats.weekday(weekdayOf(window.from));
    const large = size ? `, ${size} ${moreOrLess(direction)} than usual` : '';
    const much = multiple ? `, ${timesAs(multiple, evidence.unit)} as usual` : large;
    return {
      title: `${label} unusually ${highOrLow(direction)} on ${dayOf(window.from, formats)}`,
      sentences: [
        `${label}: ${value} on ${dayOf(window.from, formats)}${much}.`,
        ...(weekdays
          ? [
              `The median of the ${formats.number(weekdays.count)} ${weekday}s before is ${expected}; half of them are within ${figure(weekdays.mad)} of it.`,
            ]
          : []),
        ...(size ? [] : ['There is no percentage, as the median is 0.']),
      ],
    };
  },
};

/** One day, or a few, far from what was expected. */
function farOff(said: Said): Told {
  const { metric, evidence, formats, value, direction } = said;
  const { window } = evidence;
  const { label, were } = metricOf(metric);
  return {
    title: `${label} unusually ${highOrLow(direction)}${daysOf(window, formats)}`,
    sentences: [`${label} ${were} ${value} ${on(window, formats)}${than(said)}.`],
  };
}

const than = (said: Said) => {
  const { evidence, expected, size, multiple, direction } = said;
  if (multiple) return `, ${multiple} times the ${expected} expected`;
  return size
    ? `, ${size} ${moreOrFewer(direction, evidence.unit)} than the ${expected} expected`
    : `; ${wasExpected(said)}`;
};
