/** A forecast as it is told: with the digits that its interval leaves. `€85,968.66` would say more than is known. */
import type { InsightUnit } from '../evidence.js';

/** A figure that is to come, and what it lies between in 80 of 100 cases. */
export interface ForecastFigures {
  readonly value: number;
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
}

/** Digits of the distance between the ends of the interval, and of the figure itself, that say something. */
const DIGITS = 2;

/** Of a figure without an interval. */
const DIGITS_ALONE = 3;

/** What is not rounded further. */
const LEAST: Readonly<Record<InsightUnit, number>> = { 'minor-units': 1, count: 1, share: 1e-4, factor: 0.01 };

/** 85,968 from 78,123 to 93,456 is 86,000 from 78,000 to 93,000. All in the same unit, as in the evidence. */
export function roundedForecast<Figures extends ForecastFigures>(figures: Figures, unit: InsightUnit): Figures {
  const { value, lower, upper } = figures;
  const width = lower === undefined || upper === undefined ? 0 : upper - lower;
  const ofValue = placeOf(value, width > 0 ? DIGITS : DIGITS_ALONE);
  const place = Math.max(LEAST[unit], width > 0 ? Math.min(placeOf(width, DIGITS), ofValue) : ofValue);
  const rounded = (figure: number) => Math.round(figure / place) * place;
  return {
    ...figures,
    value: rounded(value),
    ...(lower === undefined ? {} : { lower: rounded(lower) }),
    ...(upper === undefined ? {} : { upper: rounded(upper) }),
  };
}

/** What the last of so many digits stands for. Of 0 it is 0, and nothing is rounded away. */
function placeOf(value: number, digits: number): number {
  return value === 0 ? 0 : 10 ** (Math.floor(Math.log10(Math.abs(value))) - digits + 1);
}
