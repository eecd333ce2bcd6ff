import { ArgumentError } from '@bizinsights/jobs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALARM_SCORE, createDetector, type Detection, type Detector, type DetectorOptions } from './detector.js';

/** Uniform numbers from 0 to 1, the same for the same seed: mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** About normal, with a standard deviation of 1. */
function noise(seed: number): () => number {
  const random = randomNumbers(seed);
  return () => random() + random() + random() + random() - 2 + (random() - 0.5) * 1.8;
}

function makeSeries(length: number, at: (index: number, noise: number) => number | null, seed = 1): (number | null)[] {
  const next = noise(seed);
  return Array.from({ length }, (_, index) => at(index, next()));
}

function run(values: readonly (number | null)[], options: DetectorOptions = {}): Detection[] {
  const detector = createDetector(options);
  return values.map((value) => detector.push(value));
}

/** The places from a start on where there is a kind. */
function anomalies(detections: readonly Detection[], from = 0): { index: number; kind: string }[] {
  return detections.flatMap(({ kind }, index) => (kind && index >= from ? [{ index, kind }] : []));
}

function expectFinite(detections: readonly Detection[]): void {
  for (const { score, expected, lower, upper } of detections) {
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThanOrEqual(1);
    if (expected === null || lower === null || upper === null) {
      expect([expected, lower, upper]).toEqual([null, null, null]);
      continue;
    }
    expect([expected, lower, upper].every(Number.isFinite)).toBe(true);
    expect(lower).toBeLessThanOrEqual(expected);
    expect(expected).toBeLessThanOrEqual(upper);
  }
}

/** Through JSON, as a host stores it. */
function restored(detector: Detector): Detector {
  return createDetector({ state: JSON.parse(JSON.stringify(detector.state())) });
}

describe('what is found', () => {
  test('a spike is an anomaly with its kind, and is outside of the bounds', () => {
    const detections = run(makeSeries(300, (index, e) => (index === 250 ? 160 : 100 + 5 * e)));
    expect(anomalies(detections, 200)).toEqual([{ index: 250, kind: 'spike' }]);
    const { score, expected, upper } = detections[250] ?? {};
    expect(score).toBeGreaterThanOrEqual(ALARM_SCORE);
    expect(expected).toBeGreaterThan(90);
    expect(expected).toBeLessThan(110);
    expect(upper).toBeLessThan(160);
  });

  test('a drop is an anomaly with its kind', () => {
    const detections = run(makeSeries(300, (index, e) => (index === 250 ? 40 : 100 + 5 * e)));
    expect(anomalies(detections, 200)).toEqual([{ index: 250, kind: 'drop' }]);
  });

  test('a shift scores when it starts, is called a shift on its fifth value, and becomes what is expected', () => {
    const detections = run(makeSeries(400, (index, e) => (index >= 250 ? 180 : 100) + 5 * e));
    expect(anomalies(detections, 200).slice(0, 2)).toEqual([
      { index: 250, kind: 'spike' },
      { index: 254, kind: 'shift' },
    ]);
    expect(detections[399]?.expected).toBeGreaterThan(165);
    expect(detections[399]?.kind).toBeUndefined();
  });

  test('one event is one alarm: what follows it scores low', () => {
    const detections = run(makeSeries(300, (index, e) => (index >= 250 && index < 254 ? 160 : 100) + 5 * e));
    expect(detections.slice(200, 300).filter(({ score }) => score >= ALARM_SCORE).length).toBeLessThanOrEqual(2);
  });

  test('a given season is expected, and a value like on other days is one at the wrong time', () => {
    const weekday = (index: number) => (index % 7 < 5 ? 100 : 20);
    const detections = run(
      makeSeries(200, (index, e) => (index === 180 ? 100 : weekday(index) + 2 * e)),
      { seasons: [7] },
    );
    expect(180 % 7).toBe(5);
    expect(anomalies(detections, 60)).toEqual([{ index: 180, kind: 'spike' }]);
    expect(Math.abs((detections[180]?.expected ?? 0) - 20)).toBeLessThan(15);
  });

  test('finds a daily season of hourly values by itself', () => {
    const day = (index: number) => 100 + 50 * Math.sin((2 * Math.PI * index) / 24);
    const detections = run(makeSeries(600, (index, e) => (index === 510 ? day(index) + 40 : day(index) + 2 * e)));
    expect(Math.abs((detections[509]?.expected ?? 0) - day(509))).toBeLessThan(10);
    expect(anomalies(detections, 300).map(({ index }) => index)).toContain(510);
  });

  test('noise alone is hardly ever an anomaly', () => {
    const detections = run(makeSeries(3_000, (_, e) => 100 + 5 * e));
    expect(anomalies(detections).length).toBeLessThanOrEqual(6);
  });

  test('a constant series has no anomaly until it changes', () => {
    const detections = run(makeSeries(300, (index) => (index < 250 ? 7 : 8)));
    expect(anomalies(detections.slice(0, 250))).toEqual([]);
    expect(detections[100]).toEqual({ score: 0, expected: 7, lower: 7, upper: 7 });
    expect(detections[250]?.kind).toBe('spike');
  });

  test('a score is the same for a series in other units', () => {
    const values = makeSeries(400, (index, e) => (index === 300 ? 50 : 10 + e));
    const scores = (factor: number) => run(values.map((value) => (value ?? 0) * factor)).map(({ score }) => score);
    // A power of two shifts the bins of the histogram by whole ones.
    const ofOne = scores(1);
    for (const [index, score] of scores(1_024).entries()) expect(score).toBeCloseTo(ofOne[index] ?? 2, 9);
  });
});

describe('what is unknown or wrong', () => {
  test('an unknown value has no score, and passes the time of the season', () => {
    const weekday = (index: number) => (index % 7 < 5 ? 100 : 20);
    const unknown = (index: number) => index >= 120 && index < 123;
    const detections = run(
      makeSeries(200, (index, e) => (unknown(index) ? null : weekday(index) + e)),
      { seasons: [7] },
    );
    expect(detections[121]?.score).toBe(0);
    expect(Math.abs((detections[121]?.expected ?? 0) - weekday(121))).toBeLessThan(15);
    expect(anomalies(detections, 100)).toEqual([]);
  });

  test('a series that begins with unknown values is judged from its first known one on', () => {
    const detections = run([null, null, 5, 5, null]);
    const none = { score: 0, expected: null, lower: null, upper: null };
    const five = { score: 0, expected: 5, lower: 5, upper: 5 };
    expect(detections).toEqual([none, none, five, five, five]);
  });

  test.each([NaN, Infinity, -Infinity, 1e200, '5', undefined])(
    '%s is refused, and leaves the detector as it was',
    (value) => {
      const detector = createDetector();
      detector.push(1);
      const before = detector.state();
      expect(() => Reflect.apply(detector.push, detector, [value])).toThrow(ArgumentError);
      expect(detector.state()).toEqual(before);
    },
  );

  test('values of 1e15 are judged, and the detector finds back to usual ones', () => {
    const detections = run(makeSeries(1_000, (index, e) => (index === 300 ? 1e15 : 100 + 5 * e)));
    expectFinite(detections);
    expect(detections[300]?.kind).toBe('spike');
    expect(Math.abs((detections[400]?.expected ?? 0) - 100)).toBeLessThan(10);
    expect(anomalies(detections, 500).length).toBeLessThanOrEqual(3);
  });

  test.each([[[1]], [['7']], [[NaN]], [[7, 100_000]], [Array.from({ length: 9 }, (_, index) => index + 2)], ['7']])(
    'seasons %j are refused',
    (seasons) => {
      expect(() => Reflect.apply(createDetector, undefined, [{ seasons }])).toThrow(ArgumentError);
    },
  );

  test.each([
    null,
    1,
    'state',
    [],
    {},
    { version: 2 },
    { ...createDetector().state(), slow: null },
    { ...createDetector().state(), extra: 1 },
  ])('the state %j is refused', (state) => {
    expect(() => createDetector({ state })).toThrow(ArgumentError);
  });

  test('a state of other seasons is refused, and names both', () => {
    const state = createDetector({ seasons: [7] }).state();
    expect(() => createDetector({ seasons: [24], state })).toThrow('with the seasons [7], not with [24]');
    expect(() => createDetector({ seasons: [7], state })).not.toThrow();
  });
});

describe('any series', () => {
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 }) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1e15, -1e15, 1e150, -1e150, Number.MIN_VALUE) },
  );
  const series = fc.array(value, { maxLength: 150 });
  const seasons = fc.constantFrom(undefined, [], [7], [7, 12]);
  const options = (lengths: readonly number[] | undefined): DetectorOptions => (lengths ? { seasons: lengths } : {});

  test('gets finite numbers and ordered bounds', () => {
    fc.assert(
      fc.property(series, seasons, (values, lengths) => expectFinite(run(values, options(lengths)))),
      { numRuns: 60 },
    );
  });

  test('continues exactly from its state, wherever it is split', () => {
    fc.assert(
      fc.property(series, seasons, fc.nat(150), (values, lengths, place) => {
        const whole = run(values, options(lengths));
        const first = createDetector(options(lengths));
        const head = values.slice(0, place).map((one) => first.push(one));
        const second = restored(first);
        expect([...head, ...values.slice(place).map((one) => second.push(one))]).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test('is judged without its future', () => {
    fc.assert(
      fc.property(series, series, (past, future) => {
        expect(run([...past, ...future]).slice(0, past.length)).toEqual(run(past));
      }),
      { numRuns: 30 },
    );
  });
});

test('continues exactly within a long series with a found season', () => {
  const values = makeSeries(700, (index, e) => (index % 97 === 0 ? null : 50 + 20 * Math.sin(index / 3.82) + e));
  const whole = run(values);
  let detector = createDetector();
  values.forEach((value, index) => {
    if (index % 60 === 0) detector = restored(detector);
    expect(detector.push(value)).toEqual(whole[index]);
  });
});

test('a returned state does not change with the detector', () => {
  const detector = createDetector();
  for (let index = 0; index < 50; index++) detector.push(index % 3);
  const text = JSON.stringify(detector.state());
  const state = detector.state();
  createDetector({ state }).push(100);
  for (let index = 0; index < 50; index++) detector.push(index);
  expect(JSON.stringify(state)).toBe(text);
});

test('the state of a long series is no larger than that of a short one', () => {
  const size = (length: number) => {
    const detector = createDetector();
    for (const value of makeSeries(length, (index, e) => 100 + 20 * Math.sin(index / 40) + 5 * e)) detector.push(value);
    return JSON.stringify(detector.state()).length;
  };
  expect(size(6_000)).toBeLessThan(1.3 * size(1_500));
  expect(size(6_000)).toBeLessThan(60_000);
});
