/** A second opinion: `@bsull/augurs`, Grafana's time series library in WebAssembly, which is made apart from R and from this. */
import { readFile } from 'node:fs/promises';
import init, { MSTL } from '@bsull/augurs/mstl';
import { beforeAll, expect, test } from 'vitest';
import { decompose } from './decompose.js';
import { forecastSeries, HORIZON, scaledError } from './fixtures/forecast-series.js';
import { forecast } from './forecast.js';

beforeAll(async () => {
  const module = new URL('./mstl_bg.wasm', import.meta.resolve('@bsull/augurs/mstl'));
  await init({ module_or_path: await readFile(module) });
});

/** One of each family. */
const some = forecastSeries().filter((_, order) => order % 9 === 0);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function augurs(past: readonly number[], horizon: number): number[] {
  const model = MSTL.ets([7]);
  model.fit([...past]);
  const { point } = model.predict(horizon);
  model.free();
  return point;
}

test('forecasts agree with those of augurs, and are as good', () => {
  const compared = some.map(({ past, next }) => {
    const theirs = augurs(past, HORIZON);
    const ours = forecast(past, { horizon: HORIZON, seasons: [7] }).mean;
    return {
      ours: scaledError(past, next, ours),
      theirs: scaledError(past, next, theirs),
      apart: scaledError(past, theirs, ours),
    };
  });
  expect(mean(compared.map(({ ours }) => ours))).toBeLessThan(1.02 * mean(compared.map(({ theirs }) => theirs)));
  // In parts of what the week before is wrong by.
  expect(mean(compared.map(({ apart }) => apart))).toBeLessThan(0.5);
});

test('trend and season together are those of augurs', () => {
  const apart = some.map(({ past }) => {
    const model = MSTL.ets([7]);
    model.fit(past);
    const { point } = model.predictInSample();
    model.free();
    const { trend, seasonal } = decompose(past, { seasons: [7] });
    const ours = trend.map((value, index) => value + (seasonal[0]?.[index] ?? 0));
    // Their trend is a forecast of one step, which begins without a past.
    const begin = 28;
    return scaledError(past, ours.slice(begin), point.slice(begin));
  });
  expect(mean(apart)).toBeLessThan(0.5);
});

test('it is one more forecaster, weighted as the others are', () => {
  const [{ past, next } = { past: [], next: [] }] = some;
  const alone = forecast(past, { horizon: HORIZON });
  const both = forecast(past, { horizon: HORIZON, forecasters: [augurs] });
  expect(both.mean).not.toEqual(alone.mean);
  expect(scaledError(past, next, both.mean)).toBeLessThan(1.05 * scaledError(past, next, alone.mean));
});
