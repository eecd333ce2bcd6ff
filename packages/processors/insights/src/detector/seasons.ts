/**
 * The season of a series, learned value by value: a profile for each length that it may have, each phase smoothed over the
 * cycles (the seasonal part of exponential smoothing: Winters, "Forecasting sales by exponentially weighted moving
 * averages", 1960). Of the profiles the one with the smallest mean error speaks, if it is better than none by enough.
 */
import { z } from 'zod';
import { amount, extent } from './limits.js';

/** A day and a week at usual intervals: values an hour, half an hour, 15, 10 and 5 minutes apart. */
export const USUAL_SEASONS = [24, 48, 96, 144, 168, 288, 336] as const;

/** The part of its last value that a profile takes over. */
const SMOOTHING = 0.3;

/** Of the mean errors. */
const ERROR_RATE = 1 / 1_000;

/** Of the level without a season. */
const FLAT_RATE = 1 / 2_000;

/** An error counts for at most so many mean ones: one outlier must not choose the season. */
const LARGEST_ERRORS = 6;

/** From this cycle on a profile is taken for the season. */
const TRIAL_CYCLES = 3;

/** How much smaller than without a season the errors are: where it has to be found, chance chooses among many. */
const FOUND = 0.75;
const GIVEN = 1;

const profileState = z.strictObject({
  values: z.array(amount.nullable()).min(1),
  error: extent,
  weight: z.number().min(0).max(1),
});
type Profile = z.infer<typeof profileState>;

export const seasonsState = z.strictObject({
  profiles: z.array(profileState),
  /** The place of the profile that speaks, null for none. */
  chosen: z.int().nonnegative().nullable(),
  flat: amount.nullable(),
  error: extent,
  weight: z.number().min(0).max(1),
});
export type SeasonsState = z.infer<typeof seasonsState>;

export class Seasons {
  readonly #state: SeasonsState;
  readonly #given: boolean;

  /** @param given the lengths of the host, undefined where they have to be found */
  constructor(given: readonly number[] | undefined, state?: SeasonsState) {
    this.#given = given !== undefined;
    this.#state = state ?? {
      profiles: (given ?? USUAL_SEASONS).map((length) => ({
        values: new Array<null>(length).fill(null),
        error: 0,
        weight: 0,
      })),
      chosen: null,
      flat: null,
      error: 0,
      weight: 0,
    };
  }

  /**
   * What the season alone expects of the value at a time, null before anything is known.
   *
   * Where another season speaks from now on, `jump` is what the expectation moves by.
   */
  expected(time: number): { value: number | null; jump?: number } {
    const state = this.#state;
    const before = state.chosen;
    const chosen = this.#choose(time);
    const value = this.#value(chosen, time);
    if (chosen === before) return { value };
    state.chosen = chosen;
    const old = this.#value(before, time);
    return { value, jump: value === null || old === null ? 0 : value - old };
  }

  /** The mean error of the season that speaks. Of one that was found, and may be lost again, it is that without a season. */
  get error(): number {
    const { chosen, profiles } = this.#state;
    const { error, weight } = (this.#given && chosen !== null ? profiles[chosen] : undefined) ?? this.#state;
    return weight > 0 ? error / weight : 0;
  }

  #value(chosen: number | null, time: number): number | null {
    const values = chosen === null ? undefined : this.#state.profiles[chosen]?.values;
    return (values ? values[time % values.length] : null) ?? this.#state.flat;
  }

  #choose(time: number): number | null {
    const { profiles, error, weight } = this.#state;
    let least = weight > 0 ? ((this.#given ? GIVEN : FOUND) * error) / weight : 0;
    let best: number | null = null;
    profiles.forEach((profile, index) => {
      if (profile.weight === 0 || time < TRIAL_CYCLES * profile.values.length) return;
      const mean = profile.error / profile.weight;
      if (mean >= least) return;
      best = index;
      least = mean;
    });
    return best;
  }

  push(time: number, value: number): void {
    const state = this.#state;
    const flat = state.flat ?? value;
    const limit =
      state.weight > 0 && state.error > 0 && time > 50 ? (LARGEST_ERRORS * state.error) / state.weight : Infinity;
    learnError(state, Math.min(Math.abs(value - flat), limit));
    for (const profile of state.profiles) {
      const length = profile.values.length;
      const before = profile.values[time % length] ?? null;
      if (before === null) {
        profile.values[time % length] = value;
        continue;
      }
      learnError(profile, Math.min(Math.abs(value - before), limit));
      const cycles = Math.floor(time / length);
      profile.values[time % length] = before + Math.max(SMOOTHING, 1 / (cycles + 1)) * (value - before);
    }
    state.flat = flat + (value - flat) * Math.max(FLAT_RATE, 1 / (time + 2));
  }

  state(): SeasonsState {
    const { profiles, ...rest } = this.#state;
    return { profiles: profiles.map((profile) => ({ ...profile, values: [...profile.values] })), ...rest };
  }
}

function learnError(of: Pick<Profile, 'error' | 'weight'>, error: number): void {
  of.error += (error - of.error) * ERROR_RATE;
  of.weight += (1 - of.weight) * ERROR_RATE;
}
