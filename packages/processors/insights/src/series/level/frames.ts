/**
 * The curves that a level may be. They depend only on where values are known and on the season of a year, so that series with the
 * same gaps share them.
 */
import { at } from '../at.js';
import type { Pieces } from '../pieces.js';
import { type Curve, curveOf } from './curve.js';

/** A curve, and with how many of its waves it is tried. */
export interface Family {
  readonly curve: Curve;
  readonly counts: readonly number[];
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
/** Beside a wave of a year: what differs between years. */
const BESIDE_WAVE = 3;

export function* frameOf(known: Float64Array, { shortest, year, parts }: FrameOptions): Pieces<Frame> {
  const places = known.map((_, index) => index).filter((index) => at(known, index) > 0);
  const { length } = known;
  const waves = Math.min(MOST_WAVES, Math.floor(length / shortest), Math.floor(places.length / 14));
  const curve = yield* curveOf(places, length, { waves });
  if (parts !== undefined) {
    yield;
    const yearly = yield* curveOf(places, length, { waves: Math.min(MOST_BESIDE_YEAR, waves), parts });
    const plain = { curve, counts: [0, 6, wavesOf(curve) >> 1] };
    return { length, places, families: [plain, familyOf(yearly)], mostBent: yearly };
  }
  const families: Family[] = [];
  if (year !== undefined && length >= LEAST_YEARS * year) {
    for (const harmonics of HARMONICS) {
      yield;
      const ofYear = yield* curveOf(places, length, { waves: BESIDE_WAVE, yearly: { year, harmonics } });
      families.push({ curve: ofYear, counts: [0, BESIDE_WAVE] });
    }
  }
  return { length, places, families: [...families, familyOf(curve)], mostBent: curve };
}

/** Series of the same days have the same gaps: what is known of one frame is kept for the next series. */
export class Frames {
  /** The latest first. */
  #made: readonly { readonly known: Float64Array; readonly options: FrameOptions; readonly frame: Frame }[] = [];

  *of(known: Float64Array, options: FrameOptions): Pieces<Frame> {
    const made = this.#made.find((one) => isEqual(one.known, known) && isSame(one.options, options));
    if (made !== undefined) return made.frame;
    const frame = yield* frameOf(known, options);
    this.#made = [{ known, options, frame }, ...this.#made.slice(0, MOST_KEPT - 1)];
    return frame;
  }
}

let shared: WeakRef<Frames> | undefined;

/** For series that come one by one: it is forgotten when the memory is needed. */
export function sharedFrames(): Frames {
  const known = shared?.deref();
  if (known !== undefined) return known;
  const frames = new Frames();
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

function familyOf(curve: Curve): Family {
  const most = wavesOf(curve);
  const counts = [0];
  for (let waves = most; waves >= 3; waves >>= 1) counts.push(waves);
  return { curve, counts };
}

function wavesOf({ fixed, vectors }: Curve): number {
  return vectors.length - fixed;
}
