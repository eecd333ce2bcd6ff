import type { InsightDays } from '../../evidence.js';
import { daysIn, type Formats, hasEnded, weekdayOf } from '../format.js';
import { platformName } from '../names.js';
import { plainName } from '../plain-name.js';
import { roundedForecast } from '../rounded-forecast.js';
import { enMetric as metricOf } from './en-metrics.js';
import { against, dayOf, higherOrLower, highOrLow, leftOut, moreOrLess, nameOf, on, range } from './en-phrases.js';
import type { Said, Texts, Told } from './texts.js';

export const en: Texts = {
  kinds: {
    change({ metric, evidence, formats, figure, value, expected, size, direction }) {
      const { window, before, days } = evidence;
      const moved = direction === 'up' ? 'rose' : 'fell';
      const title = `${metricOf(metric).label} ${moved} ${size ? `by ${size}` : `from ${expected} to ${value}`}`;
      const dates = before ? ` (${range(before, formats)})` : '';
      const after = `after ${figure(evidence.expected)} in the equal period before${dates}`;
      return {
        title,
        sentences: [
          `${title}: ${value} ${on(window, formats)}, ${after}.`,
          ...(size ? [] : ['There is no percentage, as the period before has 0.']),
          ...(days && days.left > 0 ? [leftOut(days.left, formats)] : []),
        ],
      };
    },
    spike: farOff,
    drop: farOff,
    'level-shift'({ metric, evidence, formats, value, expected, size, direction }) {
      const { label, inside, are } = metricOf(metric);
      const level = direction === 'up' ? 'higher' : 'lower';
      const much = size ? ` (${size} ${moreOrLess(direction)})` : '';
      return {
        title: `${label} on a ${level} level since ${formats.shortDay(evidence.window.from)}`,
        sentences: [
          `Since ${dayOf(evidence.window.from, formats)}, ${inside} ${are} on a ${level} level: ${value} instead of ${expected}${much}.`,
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
      const off = (factor: number) => `${formats.change(factor - 1)} ${factor < 1 ? 'below' : 'above'} the usual level`;
      return {
        title: `${label} ${are} highest ${at(high.at)}`,
        sentences: [
          `In a usual ${of}, ${inside} ${are} highest ${at(high.at)} (${off(high.factor)}) and lowest ${at(low.at)} (${off(low.factor)}).`,
        ],
      };
    },
    holiday(said) {
      const { metric, evidence, formats, value, size, direction } = said;
      const { holiday, window } = evidence;
      if (!holiday) return farOff(said);
      const { inside, were } = metricOf(metric);
      const name = plainName(holiday.name);
      const isDay = window.from === holiday.day && window.to === holiday.day;
      const how = size ? `${size} ${higherOrLower(direction)}` : `unusually ${highOrLow(direction)}`;
      const when = isDay
        ? `On ${name} (${dayOf(holiday.day, formats)})`
        : `Around ${name} (${formats.day(holiday.day)}), ${on(window, formats)}`;
      return {
        title: `${plainName(holiday.name, 30)}: ${inside} ${how}`,
        sentences: [`${when}, ${inside} ${were} ${value}${than(said)}.`],
      };
    },
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
    'silent-platform'({ metric, evidence, formats, value, expected }) {
      const { window, source } = evidence;
      const { label } = metricOf(metric);
      const who = source ? platformName(source.platform) : 'A platform';
      const isOver = hasEnded(evidence);
      return {
        title: isOver
          ? `${who} sent no data${daysOf(window, formats)}`
          : `${who} has sent no data since ${formats.shortDay(window.from)}`,
        sentences: [
          `${who} ${isOver ? 'sent' : 'has sent'} no data ${on(window, formats)}.`,
          `${label}: ${value}, where ${expected} was expected.`,
          `The figures of these days are too low${isOver ? '' : ' until it sends data again'}.`,
        ],
      };
    },
    'broken-tracking'({ metric, evidence, formats, value, expected }) {
      const { window, source, parts = [] } = evidence;
      const { label, inside, were } = metricOf(metric);
      const by = source ? platformName(source.platform) : undefined;
      const others = parts.slice(0, 3).map((part) => `${metricOf(part.metric).inside} (${against(part, formats)})`);
      const when = hasEnded(evidence) ? daysOf(window, formats) : ` since ${formats.shortDay(window.from)}`;
      return {
        title: `${by ? `${by}: t` : 'T'}racking of ${inside} broken${when}`,
        sentences: [
          `${label} ${were} ${value} ${on(window, formats)}, where ${expected} was expected, while ${WENT_ON[metric] ?? 'sales went on'}.`,
          `So the tracking of ${inside}${by ? ` by ${by}` : ''} seems to be broken, and not the sales.`,
          ...(others.length > 0 ? [`It shows in ${formats.list(others)}, too.`] : []),
        ],
      };
    },
    record({ metric, evidence: { window, record }, formats, figure, value, direction }) {
      const { label, were } = metricOf(metric);
      const of = record?.of ?? (direction === 'up' ? 'highest' : 'lowest');
      const since = record ? ` since ${formats.shortDay(record.since)}` : ' so far';
      const ofAll = record ? `the ${of} of all days since ${formats.day(record.since)}` : `the ${of} so far`;
      const previous = record?.previous;
      return {
        title: `${label}: ${of} day${since}`,
        sentences: [
          `${label} ${were} ${value} ${on(window, formats)}, ${ofAll}.`,
          ...(previous && previous.value !== null
            ? [`The ${of} before was ${figure(previous.value)} on ${formats.day(previous.day)}.`]
            : []),
        ],
      };
    },
    milestone({ metric, evidence: { window, milestone }, formats, figure, value }) {
      const { label, inside, have, add } = metricOf(metric);
      const reached = milestone ? figure(milestone.reached) : value;
      const sum = milestone ? `Since ${formats.day(milestone.since)}, ${inside} ${add} up to ${value}.` : '';
      return {
        title: `${label} ${have} reached ${reached} in total`,
        sentences: [...(sum ? [sum] : []), `${reached} was reached on ${dayOf(window.to, formats)}.`],
      };
    },
    target({ metric, evidence, formats, figure, about, value, expected }) {
      const { label, inside } = metricOf(metric);
      const { target } = evidence;
      if (!target) return { title: `Target: ${inside}`, sentences: [`${label}: ${value}; the target is ${expected}.`] };
      const { status, wanted, outlook, ...between } = target;
      const told = roundedForecast({ ...between, value: outlook }, evidence.unit);
      const name = target.name === undefined ? '' : plainName(target.name);
      const [of, is] = TARGETS[status];
      const isOpen = status === 'on-track' || status === 'at-risk';
      const called = (longest: number) => (name ? ` “${plainName(name, longest)}”` : '');
      return {
        title: `Target${called(25)} ${of}: ${inside}`,
        sentences: [
          `The target${called(60)} ${on(target.window, formats)} is ${figure(wanted)} of ${inside}; it ${is}.`,
          `${isOpen ? 'So far it' : 'The result'} is ${value}.`,
          ...(isOpen
            ? [
                `The forecast for the whole time is about ${about(told.value)}, in 80 of 100 cases between ${about(told.lower)} and ${about(told.upper)}.`,
              ]
            : []),
        ],
      };
    },
    forecast({ metric, evidence, formats, about, expected, size, direction }) {
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
                `That is ${size} ${moreOrLess(direction)} than the ${formats.number(daysIn(days))} days before, which had ${expected}.`,
              ]
            : []),
        ],
      };
    },
    'unusual-day'({ metric, evidence, formats, figure, value, expected, size, direction }) {
      const { label } = metricOf(metric);
      const { window, weekdays } = evidence;
      const weekday = formats.weekday(weekdayOf(window.from));
      const much = size ? `, ${size} ${moreOrLess(direction)} than usual` : '';
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
  },
  details: {
    usual: (lower, upper) => `The usual range is ${lower} to ${upper}.`,
    yearBefore({ value, change }, { figure, formats }) {
      const now = change ? `; now it is ${formats.change(change)} ${change > 0 ? 'more' : 'less'}` : '';
      return `A year before, the same weekdays had ${figure(value)}${now}.`;
    },
    holiday({ day, name }, isWithin, formats) {
      return isWithin
        ? `${formats.day(day)} is ${plainName(name)}.`
        : `${plainName(name)} (${formats.day(day)}) is close to it.`;
    },
    drivers([first, ...others], formats) {
      if (!first) return '';
      const effect = first.effect ? EFFECTS[first.effect] : '';
      if (first.share >= ALL) return `${nameOf(first)} (${first.dimension}) made all of it${effect}.`;
      const rest = others.map((driver) => `${nameOf(driver)} ${formats.change(driver.share)}`);
      const made = `${nameOf(first)} (${first.dimension}) made ${formats.change(first.share)} of it`;
      return `${formats.list([made, ...rest])}${effect}.`;
    },
    against: (driver) => `${nameOf(driver)} (${driver.dimension}) worked against it.`,
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
  },
  changed: ({ title, sentences }) => ({
    title,
    sentences: [...sentences, 'The figures have changed since this was last reported.'],
  }),
  over(_told, { kind, metric, evidence: { source, window, previous, before }, formats, value, expected, direction }) {
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
    const { change } = previous ?? {};
    const much = change ? ` (${formats.change(change)} ${change > 0 ? 'more' : 'less'})` : '';
    const now = `${label} ${were} ${value} ${on(window, formats)}${before ? `, after ${expected} in the equal period before` : ''}.`;
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
      sentences: [`What was reported before${much} is over: it is within what is usual.`, now],
    };
  },
};

/** What shows that it is the tracking: the figure that goes with a metric went on. */
const WENT_ON: Readonly<Partial<Record<string, string>>> = {
  sessions: 'orders still came in',
  adRevenue: 'people still clicked on the ads',
  clicks: 'the ads were still shown',
};

/** From this share on a driver has made all of it. */
const ALL = 0.995;

const TARGETS = {
  met: ['met', 'is met'],
  'on-track': ['on track', 'is on track'],
  'at-risk': ['at risk', 'is at risk'],
  missed: ['missed', 'is missed'],
} as const;

const EFFECTS = {
  mix: ', because its part of the whole has changed',
  rate: ', because its own figure has changed',
} as const;

/** In titles: ` on Nov 17, 2026`, or `: Nov 17 – 23, 2026`. */
const daysOf = (window: InsightDays, formats: Formats) =>
  window.from === window.to ? ` on ${formats.shortDay(window.from)}` : `: ${formats.shortDays(window)}`;

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

const than = ({ expected, size, direction }: Said) =>
  size ? `, ${size} ${moreOrLess(direction)} than the ${expected} expected` : `; ${expected} was expected`;
