/**
 * How rare a magnitude is among those before it, also beyond the largest of them.
 *
 * Magnitudes are counted in a histogram of their logarithms that forgets slowly. Within it the share of those that are
 * at least as large is counted, as in conformal prediction (Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random
 * World", 2005). Beyond the threshold that the largest 3 % exceed, the share follows a power law whose exponent is the mean
 * log excess over it (Hill, "A simple general approach to inference about the tail of a distribution", 1975), as
 * peaks-over-threshold detectors do (Siffer et al., "Anomaly detection in streams with extreme value theory", 2017).
 * So a series of heavy tails, and one of light ones, give the same surprise equally often.
 */
import { z } from 'zod';
import { LARGEST } from './limits.js';

/** Of the histogram: a bin is 9 % wide. */
const BINS_PER_OCTAVE = 8;

/** The share of the magnitudes that are the tail. */
const TAIL = 0.03;

/** What the exponent is taken for before anything is known, and how many magnitudes that is worth. */
const PRIOR_EXPONENT = 0.3;
const PRIOR_WEIGHT = 3;

/** A narrower tail would make the next ulp an anomaly. */
const LEAST_EXPONENT = 0.02;

/** A bin of less weight is forgotten. */
const LEAST_WEIGHT = 0.02;

/** Bins as multiples of an octave's part, largest first, and the weight of each. */
export const tailState = z
  .strictObject({ bins: z.array(z.int().gte(-10_000).lte(10_000)), weights: z.array(z.number().gte(0).lte(1e9)) })
  .refine(({ bins, weights }) => bins.length === weights.length, 'as many weights as bins');
export type TailState = z.infer<typeof tailState>;

/** Where the tail begins, as a bin, its weight, and its exponent. */
interface Fit {
  readonly threshold: number;
  readonly weight: number;
  readonly exponent: number;
}

export class Tail {
  readonly #bins: number[];
  readonly #weights: number[];
  #fit: Fit | undefined;
  #fitTotal = -1;

  constructor(state: TailState = { bins: [], weights: [] }) {
    this.#bins = [...state.bins];
    this.#weights = [...state.weights];
  }

  /**
   * The negative decimal logarithm of the probability of a magnitude at least as large: 3 is one in a thousand.
   *
   * @param total the weight of all magnitudes, those of the other side included
   */
  surprise(magnitude: number, total: number): number {
    if (!(magnitude > 0)) return 0;
    const fit = this.#fitted(total);
    // As if it were twice as large as what is too small to be seen: a power law of the prior exponent loses a decade there.
    if (!fit) return Math.log10(total + 1) + 1;
    const bin = BINS_PER_OCTAVE * Math.log2(magnitude);
    if (bin > fit.threshold) {
      const excess = ((bin - fit.threshold) * Math.LN2) / BINS_PER_OCTAVE;
      return (excess / fit.exponent - Math.log((fit.weight + 0.5) / (total + 1))) / Math.LN10;
    }
    const atLeast = Math.round(bin);
    let above = 0;
    for (let index = 0; index < this.#bins.length; index++) {
      if ((this.#bins[index] ?? 0) < atLeast) break;
      above += this.#weights[index] ?? 0;
    }
    return -Math.log10(Math.min(1, (above + 0.5) / (total + 1)));
  }

  /** The magnitude of a surprise: the inverse of `surprise` within the tail. 0 where nothing is known. */
  magnitude(surprise: number, total: number): number {
    const fit = this.#fitted(total);
    if (!fit) return 0;
    const excess = fit.exponent * (surprise * Math.LN10 + Math.log((fit.weight + 0.5) / (total + 1)));
    return Math.min(LARGEST, 2 ** (fit.threshold / BINS_PER_OCTAVE) * Math.exp(Math.max(0, excess)));
  }

  add(magnitude: number, weight = 1): void {
    if (!(magnitude > 0)) return;
    const bin = Math.round(BINS_PER_OCTAVE * Math.log2(magnitude));
    const found = this.#bins.findIndex((other) => other <= bin);
    const index = found < 0 ? this.#bins.length : found;
    if (this.#bins[index] === bin) this.#weights[index] = (this.#weights[index] ?? 0) + weight;
    else {
      this.#bins.splice(index, 0, bin);
      this.#weights.splice(index, 0, weight);
    }
    this.#fitTotal = -1;
  }

  /** Multiplies all weights, and drops bins of hardly any. */
  forget(factor: number): void {
    let kept = 0;
    for (let index = 0; index < this.#bins.length; index++) {
      const weight = (this.#weights[index] ?? 0) * factor;
      if (weight < LEAST_WEIGHT) continue;
      this.#bins[kept] = this.#bins[index] ?? 0;
      this.#weights[kept] = weight;
      kept += 1;
    }
    this.#bins.length = kept;
    this.#weights.length = kept;
    this.#fitTotal = -1;
  }

  /** As if each magnitude had been another one. */
  transform(other: (magnitude: number) => number): void {
    const bins = this.#bins.splice(0);
    const weights = this.#weights.splice(0);
    bins.forEach((bin, index) => {
      this.add(other(2 ** (bin / BINS_PER_OCTAVE)), weights[index]);
    });
    this.#fitTotal = -1;
  }

  state(): TailState {
    return { bins: [...this.#bins], weights: [...this.#weights] };
  }

  #fitted(total: number): Fit | undefined {
    if (this.#fitTotal !== total) {
      this.#fit = this.#computeFit(total);
      this.#fitTotal = total;
    }
    return this.#fit;
  }

  #computeFit(total: number): Fit | undefined {
    if (this.#bins.length === 0) return undefined;
    let last = 0;
    let weight = 0;
    for (last = 0; last < this.#bins.length; last++) {
      weight += this.#weights[last] ?? 0;
      if (weight >= TAIL * total) break;
    }
    const threshold = this.#bins[Math.min(last, this.#bins.length - 1)] ?? 0;
    let excess = 0;
    for (let index = 0; index < last; index++) {
      excess += (this.#weights[index] ?? 0) * ((this.#bins[index] ?? 0) - threshold);
    }
    const mean = ((excess * Math.LN2) / BINS_PER_OCTAVE + PRIOR_WEIGHT * PRIOR_EXPONENT) / (weight + PRIOR_WEIGHT);
    return { threshold, weight, exponent: Math.max(LEAST_EXPONENT, mean) };
  }
}
