import type { InsightDays, InsightDimension } from '../../evidence.js';
import { daysIn, type Formats, hasEnded, weekdayOf } from '../format.js';
import { platformName } from '../names.js';
import { plainName } from '../plain-name.js';
import { roundedForecast } from '../rounded-forecast.js';
import { deMetric as metricOf } from './de-metrics.js';
import { against, dayOf, leftOut, moreOrLess, named, on, range, since, unusually, upper } from './de-phrases.js';
import type { Said, Texts, Told } from './texts.js';

export const de: Texts = {
  kinds: {
    change({ metric, evidence, formats, value, expected, size, direction }) {
      const { label, subject, isPluralSubject } = metricOf(metric);
      const { window, before, days } = evidence;
      const moved = direction === 'up' ? 'gestiegen' : 'gefallen';
      const are = isPluralSubject ? 'sind' : 'ist';
      const dates = before ? ` (${range(before, formats)})` : '';
      return {
        title: size ? `${label} um ${size} ${moved}` : `${label} von ${expected} auf ${value} ${moved}`,
        sentences: [
          `${upper(subject)} ${are} ${size ? `um ${size} ` : ''}${moved}: auf ${value} ${on(window, formats)}, nach ${expected} im gleich langen Zeitraum davor${dates}.`,
          ...(size ? [] : ['Einen Prozentwert gibt es nicht, weil der Zeitraum davor 0 hat.']),
          ...(days && days.left > 0 ? [leftOut(days.left, formats)] : []),
        ],
      };
    },
    spike: farOff,
    drop: farOff,
    'level-shift'({ metric, evidence, formats, value, expected, size, direction }) {
      const { label, subject, isPluralSubject } = metricOf(metric);
      const level = direction === 'up' ? 'höher' : 'niedriger';
      const much = size ? ` (${size} ${moreOrLess(direction)})` : '';
      return {
        title: `${label} seit dem ${formats.shortDay(evidence.window.from)} auf ${level}em Niveau`,
        sentences: [
          `Seit dem ${dayOf(evidence.window.from, formats)} ${isPluralSubject ? 'liegen' : 'liegt'} ${subject} auf einem ${level}en Niveau: ${value} statt ${expected}${much}.`,
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
      const off = (factor: number) =>
        `${formats.change(factor - 1)} ${factor < 1 ? 'unter' : 'über'} dem üblichen Niveau`;
      const when = of === 'week' ? 'In einer üblichen Woche' : 'In einem üblichen Jahr';
      return {
        title: `${label} ${at(high.at)} am höchsten`,
        sentences: [
          `${when} ${isPluralSubject ? 'liegen' : 'liegt'} ${subject} ${at(high.at)} am höchsten (${off(high.factor)}) und ${at(low.at)} am niedrigsten (${off(low.factor)}).`,
        ],
      };
    },
    holiday(said) {
      const { metric, evidence, formats, size, direction } = said;
      const { holiday, window } = evidence;
      if (!holiday) return farOff(said);
      const { label } = metricOf(metric);
      const isDay = window.from === holiday.day && window.to === holiday.day;
      const how = size ? `${size} ${direction === 'up' ? 'höher' : 'niedriger'}` : unusually(direction);
      const date = formats.day(holiday.day);
      const when = isDay ? '' : ` ${on(window, formats)}`;
      return {
        title: `${plainName(holiday.name, 30)}: ${label} ${how}`,
        sentences: [`${plainName(holiday.name)} (${date}): ${upper(lay(said, when))}.`],
      };
    },
    'missing-data'({ metric, evidence: { window, source }, formats }) {
      const { label, at } = metricOf(metric);
      const days = daysIn(window);
      const isDay = days === 1;
      const when = isDay ? ` am ${formats.shortDay(window.from)}` : `, ${formats.shortDays(window)}`;
      return {
        title: `${label}: keine Daten${when}`,
        sentences: [
          `${upper(at)} fehlen die Daten ${isDay ? `vom ${dayOf(window.from, formats)}` : `${on(window, formats)} (${formats.number(days)} Tage)`}.`,
          `Das ist eine Lücke in den Daten${source ? ` von ${platformName(source.platform)}` : ''} und kein Rückgang.`,
        ],
      };
    },
    'silent-platform'({ metric, evidence, formats, value, expected }) {
      const { window, source } = evidence;
      const { label } = metricOf(metric);
      const who = source ? platformName(source.platform) : 'Eine Plattform';
      const isOver = hasEnded(evidence);
      return {
        title: isOver
          ? `${who} ohne Daten${daysOf(window, formats)}`
          : `${who} liefert seit dem ${formats.shortDay(window.from)} keine Daten`,
        sentences: [
          `${who} hat ${on(window, formats)} keine Daten geliefert.`,
          `${label}: ${value}, erwartet: ${expected}.`,
          `Die Werte dieser Tage sind zu niedrig${isOver ? '' : ', bis wieder Daten kommen'}.`,
        ],
      };
    },
    'broken-tracking'(said) {
      const { metric, evidence, formats } = said;
      const { window, source, parts = [] } = evidence;
      const { of } = metricOf(metric);
      const by = source ? platformName(source.platform) : undefined;
      const others = parts.slice(0, 3).map((part) => against(part, formats));
      const when = hasEnded(evidence) ? daysOf(window, formats) : ` seit ${formats.shortDay(window.from)}`;
      return {
        title: `${by ? `${by}: ` : ''}Erfassung ${of} gestört${when}`,
        sentences: [
          `${upper(lay({ ...said, size: undefined }, ` ${on(window, formats)}`))}.`,
          WENT_ON[metric] ?? 'Verkauft wurde weiter.',
          `Gestört ist also wohl die Erfassung ${of}${by ? ` durch ${by}` : ''} und nicht der Verkauf.`,
          ...(others.length > 0 ? [`Es zeigt sich auch hier: ${formats.list(others)}.`] : []),
        ],
      };
    },
    record({ metric, evidence: { window, record }, formats, figure, value, direction }) {
      const { label, subject, isPluralSubject } = metricOf(metric);
      const of = record?.of ?? (direction === 'up' ? 'highest' : 'lowest');
      const most = of === 'highest' ? 'höchste' : 'niedrigste';
      const since = record ? ` seit dem ${formats.shortDay(record.since)}` : ' bisher';
      const ofAll = record ? ` aller Tage seit dem ${formats.day(record.since)}` : ' bisher';
      const previous = record?.previous;
      return {
        title: `${label}: ${most}r Tag${since}`,
        sentences: [
          `${upper(subject)} ${isPluralSubject ? 'lagen' : 'lag'} ${on(window, formats)} bei ${value}, dem ${most}n Wert${ofAll}.`,
          ...(previous && previous.value !== null
            ? [`Der ${most} Wert davor war ${figure(previous.value)} am ${formats.day(previous.day)}.`]
            : []),
        ],
      };
    },
    milestone({ metric, evidence: { window, milestone }, formats, figure, value }) {
      const { label, subject, isPluralSubject } = metricOf(metric);
      const reached = milestone ? figure(milestone.reached) : value;
      const come = isPluralSubject ? 'kommen' : 'kommt';
      return {
        title: `${label}: insgesamt ${reached} erreicht`,
        sentences: [
          ...(milestone ? [`Seit dem ${formats.day(milestone.since)} ${come} ${subject} auf insgesamt ${value}.`] : []),
          `Die Marke von ${reached} wurde am ${dayOf(window.to, formats)} erreicht.`,
        ],
      };
    },
    target({ metric, evidence, formats, figure, about, value, expected }) {
      const { label, for: whom } = metricOf(metric);
      const { target } = evidence;
      if (!target) return { title: `Ziel: ${label}`, sentences: [`${label}: ${value}; das Ziel ist ${expected}.`] };
      const { status, wanted, outlook, ...between } = target;
      const told = roundedForecast({ ...between, value: outlook }, evidence.unit);
      const name = target.name === undefined ? '' : plainName(target.name);
      const [state, is] = TARGETS[status];
      const isOpen = status === 'on-track' || status === 'at-risk';
      const called = (longest: number) => (name ? ` „${plainName(name, longest)}“` : '');
      return {
        title: `Ziel${called(25)} ${state}: ${label}`,
        sentences: [
          `Das Ziel${called(60)} ${whom} ${on(target.window, formats)} beträgt ${figure(wanted)}; es ${is}.`,
          `${isOpen ? 'Bisher sind es' : 'Das Ergebnis ist'} ${value}.`,
          ...(isOpen
            ? [
                `Die Prognose für den ganzen Zeitraum ist etwa ${about(told.value)}, in 80 von 100 Fällen ${about(told.lower)} bis ${about(told.upper)}.`,
              ]
            : []),
        ],
      };
    },
    forecast({ metric, evidence, formats, about, expected, size, direction }) {
      const { label } = metricOf(metric);
      const { ahead = [], window, unit } = evidence;
      const { value, lower, upper: high } = roundedForecast(evidence, unit);
      const days = { from: ahead[0]?.day ?? window.from, to: ahead.at(-1)?.day ?? window.to };
      const between =
        lower === undefined || high === undefined ? '' : `, in 80 von 100 Fällen ${about(lower)} bis ${about(high)}`;
      return {
        title: `Prognose: ${label} etwa ${about(value)}`,
        sentences: [
          `Prognose für die Zeit ${range(days, formats)}: ${label} etwa ${about(value)}${between}.`,
          ...(size
            ? [
                `Das sind ${size} ${moreOrLess(direction)} als in den ${formats.number(daysIn(days))} Tagen davor (${expected}).`,
              ]
            : []),
        ],
      };
    },
    'unusual-day'({ metric, evidence, formats, figure, value, expected, size, direction }) {
      const { label } = metricOf(metric);
      const { window, weekdays } = evidence;
      const weekday = formats.weekday(weekdayOf(window.from));
      const much = size ? `, ${size} ${moreOrLess(direction)} als üblich` : '';
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
  },
  details: {
    usual: (lower, high) => `Üblich sind ${lower} bis ${high}.`,
    yearBefore({ value, change }, { figure, formats }) {
      const now = change ? `, jetzt sind es ${formats.change(change)} ${change > 0 ? 'mehr' : 'weniger'}` : '';
      return `An denselben Wochentagen des Vorjahres waren es ${figure(value)}${now}.`;
    },
    holiday({ day, name }, isWithin, formats) {
      return isWithin
        ? `Der ${formats.day(day)} ist ein besonderer Tag: ${plainName(name)}.`
        : `In der Nähe liegt ein besonderer Tag: ${plainName(name)} (${formats.day(day)}).`;
    },
    drivers([first, ...others], formats) {
      if (!first) return '';
      const effect = first.effect ? EFFECTS[first.effect] : '';
      if (first.share >= ALL) {
        return `Das geht ganz auf ${ACCUSATIVE[first.dimension]} ${named(first)} zurück${effect}.`;
      }
      const rest = others.map((driver) => `${formats.change(driver.share)} auf ${named(driver)}`);
      const go = Math.round(first.share * 100) === 1 ? 'geht' : 'gehen';
      const made = `${formats.change(first.share)} davon ${go} auf ${ACCUSATIVE[first.dimension]} ${named(first)} zurück`;
      return `${[made, ...rest].join(', ')}${effect}.`;
    },
    against: (driver) => `${upper(NOMINATIVE[driver.dimension])} ${named(driver)} wirkte dem entgegen.`,
    parts: (parts, formats) => `Mitbewegt haben sich ${formats.list(parts.map((part) => against(part, formats)))}.`,
    chance: (cases) =>
      cases === undefined
        ? 'Durch Zufall allein kommt das seltener als einmal in einer Million Fällen vor.'
        : `Durch Zufall allein kommt das etwa einmal in ${cases} Fällen vor.`,
  },
  changed: ({ title, sentences }) => ({
    title,
    sentences: [...sentences, 'Die Werte haben sich seit der letzten Meldung geändert.'],
  }),
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
    const { change } = previous ?? {};
    const much = change ? ` (${formats.change(change)} ${change > 0 ? 'mehr' : 'weniger'})` : '';
    const after = before ? `, nach ${expected} im gleich langen Zeitraum davor` : '';
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
      sentences: [`Was gemeldet war${much}, ist vorbei: Es liegt im Rahmen des Üblichen.`, now],
    };
  },
};

/** What shows that it is the tracking: the figure that goes with a metric went on. */
const WENT_ON: Readonly<Partial<Record<string, string>>> = {
  sessions: 'Bestellungen gab es weiter.',
  adRevenue: 'Auf die Anzeigen wurde weiter geklickt.',
  clicks: 'Die Anzeigen wurden weiter gezeigt.',
};

/** From this share on a driver has made all of it. */
const ALL = 0.995;

const TARGETS = {
  met: ['erreicht', 'ist erreicht'],
  'on-track': ['auf Kurs', 'ist auf Kurs'],
  'at-risk': ['gefährdet', 'ist gefährdet'],
  missed: ['verfehlt', 'ist verfehlt'],
} as const;

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

/** In titles: ` am 17.11.2026`, or `: 17.–23.11.2026`. */
const daysOf = (window: InsightDays, formats: Formats) =>
  window.from === window.to ? ` am ${formats.shortDay(window.from)}` : `: ${formats.shortDays(window)}`;

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

/** `der Umsatz lag am … um 40 % über dem erwarteten Wert: …`, without the full stop. */
function lay({ metric, value, expected, size, direction }: Said, when: string): string {
  const { subject, isPluralSubject } = metricOf(metric);
  const lies = isPluralSubject ? 'lagen' : 'lag';
  const where = direction === 'up' ? 'über' : 'unter';
  return size
    ? `${subject} ${lies}${when} um ${size} ${where} dem erwarteten Wert (${value} statt ${expected})`
    : `${subject} ${lies}${when} bei ${value}; erwartet: ${expected}`;
}
