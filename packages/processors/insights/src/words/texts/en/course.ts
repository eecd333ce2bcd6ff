/** How English tells of the course of a figure: how it changes, where it tends, what repeats, and what comes. */
import { daysIn } from '../../format.js';
import { multipleOf } from '../../multiple.js';
import { roundedForecast } from '../../rounded-forecast.js';
import type { KindTexts } from '../texts.js';
import { enMetric as metricOf } from './metrics.js';
import { dayOf, leftOut, moreOrFewer, moreOrLess, on, periodBefore, range, timesAs } from './phrases.js';

export const enCourse: KindTexts<'course'> = {
  change({ metric, evidence, formats, figure, value, expected, size, multiple, direction }) {
    const { window, before, days } = evidence;
    const moved = direction === 'up' ? 'rose' : 'fell';
    const to = multiple
      ? `to ${timesAs(multiple, evidence.unit)}`
      : size
        ? `by ${size}`
        : `from ${expected} to ${value}`;
    const title = `${metricOf(metric).label} ${moved} ${to}`;
    const dates = before ? ` (${range(before, formats)})` : '';
    const after = `after ${figure(evidence.expected)} ${periodBefore(before ?? window, formats)}${dates}`;
    return {
      title,
      sentences: [
        `${title}: ${value} ${on(window, formats)}, ${after}.`,
        ...(size ? [] : ['There is no percentage, as the period before has 0.']),
        ...(days && days.left > 0 ? [leftOut(days.left, formats)] : []),
      ],
    };
  },
  trend({ metric, evidence, formats, figure, direction }) {
    const { label, are } = metricOf(metric);
    const { slope, window } = evidence;
    const isUp = direction === 'up';
    const perDay = slope ? ` by about ${figure(Math.abs(slope.perDay))} a day` : '';
    const [lower, upper] = slope ? (isUp ? [slope.lower, slope.upper] : [-slope.upper, -slope.lower]) : [0, 0];
    return {
      title: `${label} ${are} ${isUp ? 'rising' : 'falling'}`,
      sentences: [
        `${label} ${isUp ? 'rose' : 'fell'}${perDay} ${on(window, formats)}.`,
        ...(slope ? [`In 95 of 100 cases this figure is between ${figure(lower)} and ${figure(upper)}.`] : []),
      ],
    };
  },
  'turning-point'({ metric, evidence, formats, figure, direction }) {
    const { label, inside } = metricOf(metric);
    const { slope, window } = evidence;
    const way = direction === 'up' ? 'upwards' : 'downwards';
    return {
      title: `${label} turned ${way} on ${formats.shortDay(window.from)}`,
      sentences: [
        `The trend of ${inside} turned on ${dayOf(window.from, formats)}: since then it points ${way}.`,
        ...(slope ? [`That is about ${figure(Math.abs(slope.perDay))} a day ${moreOrLess(direction)}.`] : []),
      ],
    };
  },
  season({ metric, evidence: { season }, formats }) {
    const { label, inside, are } = metricOf(metric);
    if (!season) return { title: `${label} ${are} seasonal`, sentences: [`${label} ${are} seasonal.`] };
    const { of, high, low } = season;
    const at = (place: number) => (of === 'week' ? `on ${formats.weekday(place)}s` : `in ${formats.month(place)}`);
    const off = (factor: number) => {
      const multiple = multipleOf(factor - 1, 1);
      return multiple === undefined
        ? `${formats.change(factor - 1)} ${factor < 1 ? 'below' : 'above'} the usual level`
        : `${formats.multiple(multiple)} times the usual level`;
    };
    return {
      title: `${label} ${are} highest ${at(high.at)}`,
      sentences: [
        `In a usual ${of}, ${inside} ${are} highest ${at(high.at)} (${off(high.factor)}) and lowest ${at(low.at)} (${off(low.factor)}).`,
      ],
    };
  },
  forecast({ metric, evidence, formats, about, expected, size, multiple, direction }) {
    const { label, inside } = metricOf(metric);
    const { ahead = [], window, unit } = evidence;
    const { value, lower, upper } = roundedForecast(evidence, unit);
    const days = { from: ahead[0]?.day ?? window.from, to: ahead.at(-1)?.day ?? window.to };
    const between =
      lower === undefined || upper === undefined
        ? ''
        : `, in 80 of 100 cases between ${about(lower)} and ${about(upper)}`;
    return {
      title: `Forecast of ${inside}: about ${about(value)}`,
      sentences: [
        `${label} ${on(days, formats)} will be about ${about(value)}${between}.`,
        ...(size
          ? [
              `That is ${multiple ? `${timesAs(multiple, unit)} as` : `${size} ${moreOrFewer(direction, unit)} than`} the ${formats.number(daysIn(days))} days before, which had ${expected}.`,
            ]
          : []),
      ],
    };
  },
};
