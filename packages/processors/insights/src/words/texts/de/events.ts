/** How German tells of days that are not as expected. */
import { weekdayOf } from '../../format.js';
import { isSum } from '../../metric-sum.js';
import { plainName } from '../../plain-name.js';
import type { KindTexts, Said, Told } from '../texts.js';
import { deMetric as metricOf } from './metrics.js';
import { dayOf, daysOf, lay, moreOrLess, on, unusually, upper } from './phrases.js';

export const deEvents: KindTexts<'events'> = {
  spike: farOff,
  drop: farOff,
  'level-shift'({ metric, evidence, formats, value, expected, size, multiple, direction }) {
    const { label, subject, isPluralSubject } = metricOf(metric);
    const { window, ended } = evidence;
    const level = direction === 'up' ? 'höher' : 'niedriger';
    const lies = ended ? (isPluralSubject ? 'lagen' : 'lag') : isPluralSubject ? 'liegen' : 'liegt';
    const large = size ? ` (${size} ${moreOrLess(direction)})` : '';
    const much = multiple ? ` (das ${multiple}-Fache)` : large;
    return {
      title: ended
        ? `${label} auf ${level}em Niveau${daysOf(window, formats)}`
        : `${label} seit dem ${formats.shortDay(window.from)} auf ${level}em Niveau`,
      sentences: [
        `${ended ? upper(on(window, formats)) : `Seit dem ${dayOf(window.from, formats)}`} ${lies} ${subject} auf einem ${level}en Niveau: ${value}${isSum(metric) ? ' pro Tag' : ''} statt ${expected}${much}.`,
      ],
    };
  },
  variance({ metric, evidence, formats, value, expected, direction }) {
    const { label, subject, isPlural, isPluralSubject } = metricOf(metric);
    const how = direction === 'up' ? 'stärker' : 'schwächer';
    return {
      title: `${label} ${isPlural ? 'schwanken' : 'schwankt'} ${how} als zuvor`,
      sentences: [
        `Seit dem ${dayOf(evidence.window.from, formats)} ${isPluralSubject ? 'schwanken' : 'schwankt'} ${subject} von Tag zu Tag ${how}: um ${value} statt ${expected}.`,
      ],
    };
  },
  holiday(said) {
    const { metric, evidence, formats, size, multiple, direction } = said;
    const { holiday, window } = evidence;
    if (!holiday) return farOff(said);
    const { label } = metricOf(metric);
    const isDay = window.from === holiday.day && window.to === holiday.day;
    const large = size ? `${size} ${direction === 'up' ? 'höher' : 'niedriger'}` : unusually(direction);
    const how = multiple ? `${multiple}-mal so hoch` : large;
    const date = formats.day(holiday.day);
    const when = isDay ? '' : ` ${on(window, formats)}`;
    return {
      title: `${plainName(holiday.name, 30)}: ${label} ${how}`,
      sentences: [`${plainName(holiday.name)} (${date}): ${upper(lay(said, when))}.`],
    };
  },
  'unusual-day'({ metric, evidence, formats, figure, value, expected, size, multiple, direction }) {
    const { label } = metricOf(metric);
    const { window, weekdays } = evidence;
    const weekday = formats.weekday(weekdayOf(window.from));
    const large = size ? `, ${size} ${moreOrLess(direction)} als üblich` : '';
    const much = multiple ? `, das ${multiple}-Fache des Üblichen` : large;
    return {
      title: `${label} ${unusually(direction)} am ${formats.shortDay(window.from)}`,
      sentences: [
        `${label}: ${value} ${on(window, formats)}${much}.`,
        ...(weekdays
          ? [
              `Der Median der ${formats.number(weekdays.count)} ${weekday}e davor ist ${expected}; die Hälfte davon weicht um höchstens ${figure(weekdays.mad)} ab.`,
            ]
          : []),
        ...(size ? [] : ['Einen Prozentwert gibt es nicht, weil der Median 0 ist.']),
      ],
    };
  },
};

/** One day, or a few, far from what was expected. */
function farOff(said: Said): Told {
  const { metric, evidence, formats, direction } = said;
  const { window } = evidence;
  const { label } = metricOf(metric);
  const isDay = window.from === window.to;
  return {
    title: isDay
      ? `${label}${daysOf(window, formats)} ${unusually(direction)}`
      : `${label} ${unusually(direction)}${daysOf(window, formats)}`,
    sentences: [`${upper(lay(said, ` ${on(window, formats)}`))}.`],
  };
}
