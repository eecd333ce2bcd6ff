/**
 * Laws that noise may have, from light tails to heavy ones, and what an event is beside each of them. As tables over the logarithm of
 * the distance from 0, in median distances of the noise, which are made once.
 */
import { at } from '../at.js';
import { normalTails, studentTails, upperGamma } from './distributions.js';

/** So many of the values are events: from two to seven in two years. Which of them fits is weighed like the laws. */
export const SHARES = [0.0025, 0.005, 0.01];

/** What noise has once in so many values is its reach: an event is what stands out of that. */
const REACHED = 0.001;
/** The middle event lies so many times as far as the reach: half of the events between 1.5 and 2.6 times. */
const EVENT_MIDDLE = 2;
const EVENT_SHAPE = 4;

export interface NoiseLaw {
  /** At each place of the table, the logarithm of the density of noise and events together, but for a constant. */
  readonly density: Float64Array;
  /** The chance that a value there is noise. */
  readonly noise: Float64Array;
}

/** The share of the noise that is farther from 0. */
type Tail = (distance: number) => number;

const student =
  (freedom: number): Tail =>
  (distance) =>
    studentTails(distance, freedom);

/** A density like exp(−distance^shape), from the normal one to that of Laplace (Subbotin, 1923). */
const power =
  (shape: number): Tail =>
  (distance) =>
    upperGamma(1 / shape, distance ** shape);

const TAILS: readonly Tail[] = [
  normalTails,
  ...[1.5, 1.2, 1].map(power),
  // Tails that are heavier still would explain every event.
  ...[15, 8, 5, 4, 3].map(student),
];

/** From one place to the next. */
const STEP = 0.04;
const NEAREST = Math.log(0.02);
const PLACES = 1 + Math.round((Math.log(1e6) - NEAREST) / STEP);

let made: readonly NoiseLaw[] | undefined;

/** Each law with each share of events. The first are of normal noise. */
export function noiseLaws(): readonly NoiseLaw[] {
  made ??= TAILS.flatMap(lawsOf);
  return made;
}

/** How many of the first laws are of normal noise. */
export const NORMAL_LAWS = SHARES.length;

function lawsOf(tail: Tail): NoiseLaw[] {
  const median = distanceBeyond(tail, 0.5);
  const reach = distanceBeyond(tail, REACHED) / median;
  const noise = densities((distance) => tail(distance * median));
  const events = densities((distance) => 1 - eventsWithin(distance / reach));
  return SHARES.map((share) => {
    const part = noise.map((own) => (1 - share) * own);
    const all = part.map((own, place) => own + share * at(events, place));
    return { density: all.map(Math.log), noise: part.map((own, place) => own / at(all, place)) };
  });
}

/** How many of the events lie nearer than so many times the reach of the noise. */
export function eventsWithin(times: number): number {
  return times <= 0 ? 0 : 1 / (1 + (times / EVENT_MIDDLE) ** -EVENT_SHAPE);
}

/** Of the logarithm of the distance. */
function densities(beyond: Tail): Float64Array {
  const shares = Float64Array.from({ length: PLACES + 2 }, (_, place) => beyond(distanceAt(place - 1)));
  return Float64Array.from({ length: PLACES }, (_, place) =>
    Math.max(Number.MIN_VALUE, (at(shares, place) - at(shares, place + 2)) / (2 * STEP)),
  );
}

function distanceBeyond(tail: Tail, share: number): number {
  let low = 0.01;
  let high = 1_000;
  for (let pass = 0; pass < 60; pass++) {
    const middle = Math.sqrt(low * high);
    if (tail(middle) > share) low = middle;
    else high = middle;
  }
  return high;
}

export function distanceAt(place: number): number {
  return Math.exp(NEAREST + place * STEP);
}

/** Where in a table a distance is; between two places it is a part of the way. */
export function placeAt(distance: number): number {
  return distance > 0 ? Math.min(Math.max(0, (Math.log(distance) - NEAREST) / STEP), PLACES - 1) : 0;
}

/** The last whole place of a table that has another one behind it. */
export function placeBefore(place: number): number {
  return Math.min(Math.floor(place), PLACES - 2);
}

export function lookUp(table: Float64Array, place: number): number {
  const before = placeBefore(place);
  const low = table[before] ?? 0;
  return low + (place - before) * ((table[before + 1] ?? 0) - low);
}
