/**
 * The curves that a level may be. They depend only on where values are known and on the season of a year, so that series with the
 * same gaps share them.
 */
import { at } from '../at.js';
import type { Pieces } from '../pieces.js';
import { type Curve, curveOf } from './curve.js';

/** A curve, and with how many of its waves it is tried. */
export interface Family {
  /** The same in the frames of other lengths. */
  readonly name: string;
  readonly counts: readonly number[];
  /** Made when it is first asked for. */
  readonly curve: () => Pieces<Curve>;
}

export interface Frame {
  readonly length: number;
  /** Where values are known, ascending. */
  readonly places: Float64Array;
  readonly families: readonly Family[];
  /** The one that follows the values best. */
  readonly mostBent: Curve;
}

export interface FrameOptions {
  /** Half the length of the shortest wave of the curve, in values. */
  readonly shortest: number;
  /** Values of a year, where the series has seasons of one. */
  readonly year?: number | undefined;
  /** Of the year, where enough years are known. */
  readonly parts?: Int32Array | undefined;
}

const MOST_WAVES = 96;
/** Beside the parts of the year: what bends within a few months is in them. */
const MOST_BESIDE_YEAR = 24;
/** So many years show a wave of one. */
const LEAST_YEARS = 1.5;
/** From a wave of a year alone to one that has a season of a few weeks, such as the one before Christmas. */
const HARMONICS = [1, 2, 4, 8];
/** Frames that are kept: a frame of two years takes 1 to 2 MB. */
const MOST_KEPT = 4;
/** Series that come one by one are measures and counts, and each is judged by fits of several lengths. */
const MOST_SHARED = 8;
/** Beside a wave of a year: what differs between years. */
const BESIDE_WAVE = 3;
const PLAIN = 'plain';

export function* frameOf(known: Float64Array, { shortest, year, parts }: FrameOptions): Pieces<Frame> {
  const places = known.map((_, index) => index).filter((index) => at(known, index) > 0);
  const { length } = known;
  const waves = Math.min(MOST_WAVES, Math.floor(length / shortest), Math.floor(places.length / 14));
  const plain = once(() => curveOf(places, length, { waves }));
  if (parts !== undefined) {
    const yearly = once(() => curveOf(places, length, { waves: Math.min(MOST_BESIDE_YEAR, waves), parts }));
    const mostBent = yield* yearly();
    const beside = { name: PLAIN, counts: [0, 6, waves >> 1], curve: plain };
    return { length, places, families: [beside, { ...halved(mostBent), name: 'parts', curve: yearly }], mostBent };
  }
  const families: Family[] = [];
  if (year !== undefined && length >= LEAST_YEARS * year) {
    for (const harmonics of HARMONICS) {
      const options = { waves: BESIDE_WAVE, yearly: { year, harmonics } };
      const curve = once(() => curveOf(places, length, options));
      families.push({ name: `year, ${harmonics}`, counts: [0, BESIDE_WAVE], curve });
    }
  }
  const mostBent = yield* plain();
  families.push({ ...halved(mostBent), name: PLAIN, curve: plain });
  return { length, places, families, mostBent };
}

function once(make: () => Pieces<Curve>): () => Pieces<Curve> {
  let made: Curve | undefined;
  return function* () {
    made ??= yield* make();
    return made;
  };
}

/** Series of the same days have the same gaps: what is known of one frame is kept for the next series. */
export class Frames {
  readonly #most: number;
  /** The latest first. */
  #made: readonly { readonly known: Float64Array; readonly options: FrameOptions; readonly frame: Frame }[] = [];

  constructor(most = MOST_KEPT) {
    this.#most = most;
  }

  *of(known: Float64Array, options: FrameOptions): Pieces<Frame> {
    const made = this.#made.find((one) => isEqual(one.known, known) && isSame(one.options, options));
    if (made !== undefined) return made.frame;
    const frame = yield* frameOf(known, options);
    this.#made = [{ known, options, frame }, ...this.#made.slice(0, this.#most - 1)];
    return frame;
  }
}

let shared: WeakRef<Frames> | undefined;

/** For series that come one by one: it is forgotten when the memory is needed. */
export function sharedFrames(): Frames {
  const known = shared?.deref();
  if (known !== undefined) return known;
  const frames = new Frames(MOST_SHARED);
  shared = new WeakRef(frames);
  return frames;
}

function isSame(one: FrameOptions, other: FrameOptions): boolean {
  if (one.shortest !== other.shortest || one.year !== other.year) return false;
  if (one.parts === undefined || other.parts === undefined) return one.parts === other.parts;
  return isEqual(one.parts, other.parts);
}

function isEqual(one: Float64Array | Int32Array, other: Float64Array | Int32Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

function halved({ vectors, fixed }: Curve): Pick<Family, 'counts'> {
  const counts = [0];
  for (let waves = vectors.length - fixed; waves >= 3; waves >>= 1) counts.push(waves);
  return { counts };
}
