/**
 * A long season, as that of a year, as a sum of waves: with two or three years its days are too few to be averaged, and a
 * smooth shape is all that can be known. Harmonic regression, as in Hyndman and Athanasopoulos, "Forecasting: Principles and
 * Practice" (3rd edition), section 7.4.
 */
import { at } from '../at.js';
import { medianOf } from '../statistics/quantile.js';

const PASSES = 4;
/** 95 % efficient at normal noise. */
const REACH = 1.345;
const PER_MAD = 1.4826;

export interface Waves {
  /** The season at any place, also after the last value. */
  at(place: number): number;
}

/**
 * The season beside a line, fitted by least squares with outliers drawn to within reach (Huber).
 *
 * @param count waves of a season
 */
export function fitWaves(values: Float64Array, known: Float64Array, period: number, count: number): Waves {
  const length = values.length;
  const columns = 2 + 2 * count;
  const row = (place: number) => {
    const own = [1, place / length];
    for (let wave = 1; wave <= count; wave++) {
      const angle = (2 * Math.PI * wave * place) / period;
      own.push(Math.sin(angle), Math.cos(angle));
    }
    return own;
  };
  const rows = Array.from({ length }, (_, place) => row(place));
  const solve = solver(rows, known, columns);
  let coefficients = solve(values);
  for (let pass = 0; pass < PASSES; pass++) {
    const fit = values.map((_, place) => product(rows[place] ?? [], coefficients));
    const distances = values.map((value, place) => Math.abs(value - at(fit, place)));
    const limit = REACH * PER_MAD * medianOf(distances.filter((_, place) => at(known, place) > 0));
    if (!(limit > 0)) break;
    coefficients = solve(
      values.map((value, place) => Math.min(Math.max(value, at(fit, place) - limit), at(fit, place) + limit)),
    );
  }
  const season = coefficients.map((value, column) => (column < 2 ? 0 : value));
  return { at: (place) => product(row(place), season) };
}

function product(row: readonly number[], coefficients: readonly number[]): number {
  return row.reduce((sum, value, column) => sum + value * (coefficients[column] ?? 0), 0);
}

/** Least squares by the normal equations and Cholesky: sines and cosines are nearly orthogonal. */
function solver(
  rows: readonly (readonly number[])[],
  known: Float64Array,
  columns: number,
): (values: Float64Array) => number[] {
  const lower = Array.from({ length: columns }, () => new Float64Array(columns));
  const cell = (one: number, other: number) => lower[one]?.[other] ?? 0;
  for (let column = 0; column < columns; column++) {
    for (let line = column; line < columns; line++) {
      let sum = line === column ? 1e-9 : 0;
      rows.forEach((row, place) => {
        sum += at(known, place) * (row[line] ?? 0) * (row[column] ?? 0);
      });
      for (let before = 0; before < column; before++) sum -= cell(line, before) * cell(column, before);
      const own = lower[line];
      if (own !== undefined)
        own[column] = line === column ? Math.sqrt(Math.max(sum, 1e-12)) : sum / cell(column, column);
    }
  }
  return (values) => {
    const answer = Array.from({ length: columns }, (_, column) =>
      rows.reduce((sum, row, place) => sum + at(known, place) * (row[column] ?? 0) * at(values, place), 0),
    );
    for (let line = 0; line < columns; line++) {
      let sum = answer[line] ?? 0;
      for (let before = 0; before < line; before++) sum -= cell(line, before) * (answer[before] ?? 0);
      answer[line] = sum / cell(line, line);
    }
    for (let line = columns - 1; line >= 0; line--) {
      let sum = answer[line] ?? 0;
      for (let after = line + 1; after < columns; after++) sum -= cell(after, line) * (answer[after] ?? 0);
      answer[line] = sum / cell(line, line);
    }
    return answer;
  };
}
