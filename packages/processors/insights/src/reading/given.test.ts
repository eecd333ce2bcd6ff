/** What a caller from JavaScript passes in the place of what the types say: an error that says what, where and what to do. */
import { ArgumentError, ConfigError, ProcessorDefinitionError } from '@bizinsights/jobs-core';
import { describe, expect, test } from 'vitest';
import { scheduleInsightsAfterSync } from '../after-sync.js';
import { dateHolidays } from '../calendar/date-holidays.js';
import { shoppingDays } from '../calendar/shopping-days.js';
import { createDetector } from '../detector/detector.js';
import { insightDigestProcessor } from '../digest/processor.js';
import { insightDigestSchedules } from '../digest/schedules.js';
import { MemoryInsights, memoryMetrics } from '../fixtures/memory-store.js';
import { scheduleImmediateInsights } from '../immediate.js';
import { modelNarrator } from '../narrators/model-narrator.js';
import { narrationPrompt } from '../narrators/prompt.js';
import { insightsProcessor } from '../processor.js';
import { insightRoutes } from '../routes.js';
import { insightSchedules } from '../schedules.js';
import { decompose } from '../series/decompose.js';
import { detectAnomalies } from '../series/detect-anomalies.js';
import { forecast } from '../series/forecast.js';
import { shownValue } from './given.js';

const VALUES = Array.from({ length: 60 }, (_, index) => 100 + (index % 7) + 3 * Math.sin(index * 12.9));
const NO_PROTOTYPE: unknown = Object.create(null);

/** As JavaScript calls it. */
const call = (of: (...given: never[]) => unknown, ...given: readonly unknown[]) => Reflect.apply(of, undefined, given);

const NO_LISTS: readonly (readonly [unknown, string])[] = [
  [null, 'values is null: an array of numbers, with null for unknown ones'],
  [undefined, 'values is undefined: an array'],
  ['12345', 'values is "12345": an array'],
  [5, 'values is 5: an array'],
  [{}, 'values is an object: an array'],
  [{ length: 3, 0: 1, 1: 2, 2: 3 }, 'values is an object: an array'],
  [{ length: -1 }, 'values is an object: an array'],
  [new Set(VALUES), 'values is an object: an array'],
  [Promise.resolve(VALUES), 'values is a Promise, which has to be awaited: an array'],
  [new DataView(new ArrayBuffer(8)), 'values is an object: an array'],
];

const NO_VALUES: readonly (readonly [unknown, string])[] = [
  [Number.NaN, 'values[60] is NaN: a finite number, or null for an unknown one'],
  [Infinity, 'values[60] is Infinity: a finite number'],
  [1e151, 'values[60] is 1e+151: a finite number'],
  ['5', 'values[60] is "5": a finite number'],
  [5n, 'values[60] is 5n: a finite number'],
  [undefined, 'values[60] is undefined: a finite number'],
  [true, 'values[60] is true: a finite number'],
  [new Date(0), 'values[60] is a Date: a finite number'],
  [[5], 'values[60] is an array: a finite number'],
  [{ value: 5 }, 'values[60] is an object: a finite number'],
  [NO_PROTOTYPE, 'values[60] is an object: a finite number'],
  [Symbol('five'), 'values[60] is Symbol(five): a finite number'],
];

const FUNCTIONS = {
  detectAnomalies: [detectAnomalies, {}, '{ seasons: [7] }'],
  forecast: [forecast, { horizon: 3 }, '{ horizon: 28 }'],
  decompose: [decompose, { seasons: [7] }, '{ seasons: [7] }'],
} as const;

describe.each(Object.entries(FUNCTIONS))('%s', (name, [of, options, example]) => {
  test.each(NO_LISTS)('refuses %s as values', (values, message) => {
    expect(() => call(of, values, options)).toThrow(ArgumentError);
    expect(() => call(of, values, options)).toThrow(message);
  });

  test.each(NO_VALUES)('names the place of %s', (value, message) => {
    expect(() => call(of, [...VALUES, value], options)).toThrow(ArgumentError);
    expect(() => call(of, [...VALUES, value], options)).toThrow(message);
  });

  test('names the place of a hole', () => {
    const sparse = [...VALUES];
    delete sparse[5];
    expect(() => call(of, sparse, options)).toThrow('values[5] is undefined: a finite number');
  });

  test.each([
    [null, 'null'],
    ['seasons', '"seasons"'],
    [7, '7'],
    [[7], 'an array'],
    [() => 7, 'a function'],
  ])('refuses %s as options', (given, shown) => {
    const message = `The options of ${name} are ${shown}: give an object such as ${example}`;
    expect(() => call(of, VALUES, given)).toThrow(new ArgumentError(message));
  });

  test.each([
    [null, 'seasons is null: an array of lengths, such as [7]'],
    [7, 'seasons is 7: an array'],
    [Float64Array.of(7), 'seasons is an object: an array'],
    [['7'], 'A season of "7" values is invalid: at least 2'],
    [[Number.NaN], 'A season of NaN values is invalid'],
    [[NO_PROTOTYPE], 'A season of an object values is invalid'],
    [[1], 'A season of 1 values is invalid'],
  ])('refuses the seasons %j', (seasons, message) => {
    expect(() => call(of, VALUES, { ...options, seasons })).toThrow(ArgumentError);
    expect(() => call(of, VALUES, { ...options, seasons })).toThrow(message);
  });

  test('takes numbers of a typed array', () => {
    expect(call(of, Float64Array.from(VALUES), options)).toEqual(call(of, VALUES, options));
  });
});

test.each([
  ['forecast without options', () => call(forecast, VALUES), 'The options of forecast are undefined: give an object'],
  [
    'decompose without options',
    () => call(decompose, VALUES),
    'The options of decompose are undefined: give an object',
  ],
  ['decompose without seasons', () => call(decompose, VALUES, {}), 'seasons is undefined: an array of lengths'],
  ['forecast without a horizon', () => call(forecast, VALUES, {}), 'A horizon of undefined is invalid: a whole number'],
])('%s', (_name, of, message) => {
  expect(of).toThrow(ArgumentError);
  expect(of).toThrow(message);
});

test.each([
  [{ horizon: '28' }, 'A horizon of "28" is invalid: a whole number from 1 to 10000'],
  [{ horizon: [28] }, 'A horizon of an array is invalid'],
  [{ horizon: NO_PROTOTYPE }, 'A horizon of an object is invalid'],
  [{ level: '0.8' }, 'A level of "0.8" is invalid: between 0 and 1'],
  [{ level: Number.NaN }, 'A level of NaN is invalid'],
  [{ forecasters: null }, 'forecasters is null: an array of functions'],
  [{ forecasters: [null] }, 'forecasters[0] is null: a function (past, horizon) => values'],
  [{ forecasters: [() => null] }, 'forecasters[0] gave null: 2 numbers were asked for'],
  [{ forecasters: [() => undefined] }, 'forecasters[0] gave undefined: 2 numbers'],
  [{ forecasters: [async () => [1, 2]] }, 'forecasters[0] gave a Promise, which has to be awaited: 2 numbers'],
  [{ forecasters: [() => ['1', '2']] }, 'forecasters[0] gave 2 values, or others than finite ones: 2 numbers'],
  [{ forecasters: [() => [1]] }, 'forecasters[0] gave 1 values'],
  [{ forecasters: [() => [1n, Symbol('x')]] }, 'forecasters[0] gave 2 values, or others than finite ones'],
])('forecast refuses %j', (options, message) => {
  expect(() => call(forecast, VALUES, { horizon: 2, ...options })).toThrow(ArgumentError);
  expect(() => call(forecast, VALUES, { horizon: 2, ...options })).toThrow(message);
});

describe('createDetector', () => {
  const detector = createDetector({ seasons: [7] });
  for (const value of VALUES) detector.push(value);
  const state = detector.state();

  test.each([
    [null, 'The options of createDetector are null: give an object such as { seasons: [7] }'],
    [[7], 'The options of createDetector are an array'],
    [{ seasons: null }, 'seasons is null: an array of at most 8 lengths, such as [7]'],
    [
      { seasons: Array.from({ length: 9 }, (_, index) => index + 2) },
      'seasons is an array of 9: an array of at most 8',
    ],
    [{ seasons: [NO_PROTOTYPE] }, 'A season of an object values is invalid: from 2 to 20000'],
    [{ state: null }, 'The state is not one of a detector: state: '],
    [{ state: JSON.stringify(state) }, 'The state is a text: give what JSON.parse makes of it'],
    [{ state: { ...state, version: 2 } }, 'The state has the version 2, and this package reads 1: begin a detector'],
    [{ state: { ...state, version: '1' } }, 'The state is not one of a detector: state.version: '],
    [{ state: { ...state, slow: '5' } }, 'The state is not one of a detector: state.slow: '],
    [{ state: { ...state, views: { ...state.views, fast: {} } } }, 'state.views.fast.'],
  ])('refuses %j', (options, message) => {
    expect(() => call(createDetector, options)).toThrow(ArgumentError);
    expect(() => call(createDetector, options)).toThrow(message);
  });

  test.each(NO_VALUES)('push refuses %s, and stays as it was', (value, message) => {
    const before = detector.state();
    const expected = message.replace('values[60]', 'The value').replace(/ is a Date/, ' is a Date');
    expect(() => Reflect.apply(detector.push, detector, [value])).toThrow(expected);
    expect(detector.state()).toEqual(before);
  });

  test('a state that is damaged anywhere is refused, or gives finite numbers', () => {
    for (const [path, damaged] of damagedStates(state)) {
      let later: ReturnType<typeof createDetector>;
      try {
        later = createDetector({ state: damaged });
      } catch (error) {
        expect(error, path).toBeInstanceOf(ArgumentError);
        continue;
      }
      for (const value of [100, 5, 1_000, null, 103]) {
        const { score, expected, lower, upper } = later.push(value);
        expect([score, expected ?? 0, lower ?? 0, upper ?? 0].every(Number.isFinite), path).toBe(true);
      }
      expect(() => createDetector({ state: JSON.parse(JSON.stringify(later.state())) }), path).not.toThrow();
    }
  });
});

const DAMAGES: readonly unknown[] = [null, 'x', Number.NaN, Infinity, -1, 1e300, 0, 1e9, 2.5, [], {}];

/** Each field of a state damaged in each way. */
function* damagedStates(state: object): Generator<readonly [string, unknown]> {
  for (const path of pathsOf(state)) {
    for (const damage of DAMAGES) yield [`${path.join('.')}: ${shownValue(damage)}`, withField(state, path, damage)];
  }
}

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[key], ...pathsOf(inner).map((path) => [key, ...path])]);
}

function withField(state: object, path: readonly string[], field: unknown): unknown {
  const [key = '', ...rest] = path;
  const inner: unknown = Reflect.get(state, key);
  const changed =
    rest.length > 0 && typeof inner === 'object' && inner !== null ? withField(inner, rest, field) : field;
  return Array.isArray(state) ? state.with(Number(key), changed) : { ...state, [key]: changed };
}

const insights = new MemoryInsights();
const metrics = memoryMetrics(() => ({}));
const { lastRun: _, ...noLastRun } = { lastRun: undefined, claim: async () => true };

test.each([
  [insightsProcessor, null, 'The options of insightsProcessor are null: give an object with `metrics` and `insights`'],
  [insightsProcessor, {}, '`metrics` of insightsProcessor is undefined: give an object with the methods calendar'],
  [insightsProcessor, { metrics, insights: noLastRun }, '`insights` of insightsProcessor has no method release, save'],
  [insightDigestProcessor, undefined, 'The options of insightDigestProcessor are undefined: give an object with'],
  [insightDigestProcessor, { insights: { list: 5 } }, '`insights` of insightDigestProcessor has no method list'],
])('a processor without its ports is refused when it is made', (make, options, message) => {
  expect(() => call(make, options)).toThrow(ProcessorDefinitionError);
  expect(() => call(make, options)).toThrow(message);
});

test.each([
  [undefined, '(root): needs options'],
  [{ model: null }, 'model: must be a model of the AI SDK'],
  [{ consent: null }, 'consent: must have the method `isModelAllowed`'],
  [{ consent: { isModelAllowed: true } }, 'consent: must have the method `isModelAllowed`'],
  [{ usage: {} }, 'usage: must have the methods `reserveTokens` and `settleTokens`'],
  [{ usage: null }, 'usage: must have the methods'],
  [{ budget: null }, 'budget: must be an object with `tokens` or `money`, not null'],
  [{ budget: { money: null } }, 'budget: `money` must be an object'],
  [{ budget: { money: { amount: 1, currency: 'USD' } } }, 'budget: `money.pricePerMillion` must have the prices'],
  [{ timeout: '20' }, 'timeout: must be a whole number'],
  [{ onRejected: 'log' }, 'onRejected: must be a function'],
])('modelNarrator refuses %j', (options, message) => {
  const usage = {
    isModelAllowed: async () => true,
    reserveTokens: async () => true,
    settleTokens: async () => undefined,
  };
  const given = options && { model: 'openai/gpt-5-mini', consent: usage, ...options };
  expect(() => call(modelNarrator, given)).toThrow(ConfigError);
  expect(() => call(modelNarrator, given)).toThrow(message);
});

test.each([
  [narrationPrompt, [null, { locale: 'en' }], 'findings is null: an array of findings'],
  [narrationPrompt, [[null], { locale: 'en' }], 'findings[0] is null without evidence: give what a narrator gets'],
  [narrationPrompt, [[{}], { locale: 'en' }], 'findings[0] is an object without evidence'],
  [narrationPrompt, [[]], "The options of narrationPrompt are undefined: give an object such as { locale: 'en' }"],
  [insightRoutes, [], 'The options of insightRoutes are undefined'],
  [insightRoutes, [{ insights: {} }], '`insights` of insightRoutes has no method list, get, vote, mutes, mute, unmute'],
  [dateHolidays, ['DE'], 'dateHolidays was given "DE": give it new Holidays('],
  [shoppingDays().holidays, [], 'The options of holidays are undefined: give an object such as { from: '],
  [shoppingDays().holidays, [{ from: 'tomorrow', to: '2026-12-31', locale: 'en' }], '`from` of holidays is "tomorrow"'],
  [
    shoppingDays().holidays,
    [{ from: '2026-02-30', to: '2026-12-31', locale: 'en' }],
    '`from` of holidays is "2026-02-30"',
  ],
  [shoppingDays().holidays, [{ from: '2026-01-01', to: '2026-12-31' }], '`locale` of holidays is undefined'],
] as const)('a call with other arguments is refused', (of, given, message) => {
  expect(() => call(of, ...given)).toThrow(ArgumentError);
  expect(() => call(of, ...given)).toThrow(message);
});

const jobs = { queue: () => expect.fail('nothing is added') };
const MOVED = { streams: { orders: { records: 1, deleted: 0 } } };

test.each([
  [
    'no options',
    () => call(scheduleInsightsAfterSync, jobs, null),
    'The options of scheduleInsightsAfterSync are null',
  ],
  [
    'no result of a sync',
    () =>
      call(scheduleInsightsAfterSync, jobs, {
        organizationId: 'acme',
        insights,
        result: { streams: { orders: null } },
      }),
    '`result` is not that of a sync: result.streams.orders: ',
  ],
  [
    'no store',
    () => call(scheduleInsightsAfterSync, jobs, { organizationId: 'acme', insights: null, result: MOVED }),
    '`insights` is null: give store.insights',
  ],
  [
    'no options of an immediate run',
    () => call(scheduleImmediateInsights, jobs, 'acme', '30d', null),
    'The options of scheduleImmediateInsights are null',
  ],
])('a run of %s is refused', async (_name, of, message) => {
  await expect(of()).rejects.toThrow(ArgumentError);
  await expect(of()).rejects.toThrow(message);
});

test.each([
  [insightSchedules, undefined, 'The options of insightSchedules are undefined'],
  [insightSchedules, {}, '`organizations` of insightSchedules is undefined: give store.organizations'],
  [
    insightDigestSchedules,
    { organizations: { ids: 5 } },
    '`organizations` of insightDigestSchedules has no method ids, get',
  ],
])('schedules of no organizations are refused', async (of, options, message) => {
  const first = async () => await Reflect.apply(of, undefined, [options]).next();
  await expect(first()).rejects.toThrow(ArgumentError);
  await expect(first()).rejects.toThrow(message);
});
