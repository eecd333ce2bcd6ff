/** How German tells of the course of a figure: how it changes, where it tends, what repeats, and what comes. */
import { daysIn } from '../../format.js';
import { multipleOf } from '../../multiple.js';
import { roundedForecast } from '../../rounded-forecast.js';
import type { KindTexts } from '../texts.js';
import { deMetric as metricOf } from './metrics.js';
import { dayOf, leftOut, moreOrLess, on, periodBefore, range, upper } from './phrases.js';

export const deCourse: KindTexts<'course'> = {
  change({ metric, evidence, formats, value, expected, size, multiple, direction }) {
    const { label, subject, isPluralSubject } = metricOf(metric);
    const { window, before, days } = evidence;
    const moved = direction === 'up' ? 'gestiegen' : 'gefallen';
    const are = isPluralSubject ? 'sind' : 'ist';
    const dates = before ? ` (${range(before, formats)})` : '';
    const by = multiple ? `auf das ${multiple}-Fache ` : size ? `um ${size} ` : '';
    return {
      title: by ? `${label} ${by}${moved}` : `${label} von ${expected} auf ${value} ${moved}`,
      sentences: [
        `${upper(subject)} ${are} ${by}${moved}: auf ${value} ${on(window, formats)}, nach ${expected} ${periodBefore(before ?? window, formats)}${dates}.`,
        ...(size ? [] : ['Einen Prozentwert gibt es nicht, weil der Zeitraum davor 0 hat.']),
        ...(days && days.left > 0 ? [leftOut(days.left, formats)] : []),
      ],
    };
  },
  trend({ metric, evidence, formats, figure, direction }) {
    const { label, subject, isPlural, isPluralSubject } = metricOf(metric);
    const { slope, window } = evidence;
    const isUp = direction === 'up';
    const [rises, rise] = isUp ? ['steigt', 'steigen'] : ['fällt', 'fallen'];
    const perDay = slope ? ` um etwa ${figure(Math.abs(slope.perDay))} pro Tag` : '';
    const [low, high] = slope ? (isUp ? [slope.lower, slope.upper] : [-slope.upper, -slope.lower]) : [0, 0];
    return {
      title: `${label} ${isPlural ? rise : rises}`,
      sentences: [
        `${upper(subject)} ${isPluralSubject ? 'sind' : 'ist'} ${on(window, formats)}${perDay} ${isUp ? 'gestiegen' : 'gefallen'}.`,
        ...(slope ? [`In 95 von 100 Fällen liegt dieser Wert zwischen ${figure(low)} und ${figure(high)}.`] : []),
      ],
    };
  },
  'turning-point'({ metric, evidence: { slope, window }, formats, figure, direction }) {
    const { at } = metricOf(metric);
    const isUp = direction === 'up';
    return {
      title: `Trendwende ${at}: ${isUp ? 'aufwärts' : 'abwärts'} seit dem ${formats.shortDay(window.from)}`,
      sentences: [
        `${upper(at)} hat der Trend am ${dayOf(window.from, formats)} gedreht: Seitdem zeigt er nach ${isUp ? 'oben' : 'unten'}.`,
        ...(slope ? [`Das sind etwa ${figure(Math.abs(slope.perDay))} pro Tag ${moreOrLess(direction)}.`] : []),
      ],
    };
  },
  season({ metric, evidence: { season }, formats }) {
    const { label, subject, isPluralSubject } = metricOf(metric);
    if (!season) return { title: `${label}: Saison`, sentences: [`${label}: Es gibt eine Saison.`] };
    const { of, high, low } = season;
    const at = (place: number) =>
      of === 'week' ? `${formats.weekday(place).toLowerCase()}s` : `im ${formats.month(place)}`;
    const off = (factor: number) => {
      const multiple = multipleOf(factor - 1, 1);
      return multiple === undefined
        ? `${formats.change(factor - 1)} ${factor < 1 ? 'unter' : 'über'} dem üblichen Niveau`
        : `das ${formats.multiple(multiple)}-Fache des üblichen Niveaus`;
    };
    const when = of === 'week' ? 'In einer üblichen Woche' : 'In einem üblichen Jahr';
    return {
      title: `${label} ${at(high.at)} am höchsten`,
      sentences: [
        `${when} ${isPluralSubject ? 'liegen' : 'liegt'} ${subject} ${at(high.at)} am höchsten (${off(high.factor)}) und ${at(low.at)} am niedrigsten (${off(low.factor)}).`,
      ],
    };
  },
  forecast({ metric, evidence, formats, about, expected, size, multiple, direction }) {
    const { label } = metricOf(metric);
    const { ahead = [], window, unit } = evidence;
    const { value, lower, upper: high } = roundedForecast(evidence, unit);
    const days = { from: ahead[0]?.day ?? window.from, to: ahead.at(-1)?.day ?? window.to };
    const between =
      lower === undefined || high === undefined ? '' : `, in 80 von 100 Fällen ${about(lower)} bis ${about(high)}`;
    const count = formats.number(daysIn(days));
    return {
      title: `Prognose: ${label} etwa ${about(value)}`,
      sentences: [
        `Prognose für die Zeit ${range(days, formats)}: ${label} etwa ${about(value)}${between}.`,
        ...(size
          ? [
              multiple
                ? `Das ist das ${multiple}-Fache der ${count} Tage davor (${expected}).`
                : `Das sind ${size} ${moreOrLess(direction)} als in den ${count} Tagen davor (${expected}).`,
            ]
          : []),
      ],
    };
  },
};
