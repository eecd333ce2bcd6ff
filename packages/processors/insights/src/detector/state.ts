/** The state of a detector as plain JSON, checked when a host brings it back. */
import { ArgumentError } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { centerState } from './center.js';
import { deviationsState } from './deviations.js';
import { amount } from './limits.js';
import { persistenceState } from './persistence.js';
import { restState } from './rest.js';
import { seasonsState, USUAL_SEASONS } from './seasons.js';
import { stepState } from './step.js';

const detectorState = z.strictObject({
  version: z.literal(1),
  /** As given, `null` where they are found. */
  given: z.array(z.number()).nullable(),
  time: z.int().nonnegative(),
  slow: amount,
  fast: amount,
  seasons: seasonsState,
  center: centerState,
  step: stepState,
  views: z.strictObject({
    slow: deviationsState,
    fast: deviationsState,
    level: deviationsState,
    step: deviationsState,
  }),
  rest: restState,
  persistence: persistenceState,
});

/** Everything that a detector knows: numbers, arrays and objects alone, about 30 kB as JSON. Its fields are not for reading. */
export type DetectorState = z.infer<typeof detectorState>;

/** The longest season. A detector keeps one number for each of its values. */
const LONGEST_SEASON = 20_000;
const MOST_SEASONS = 8;

/** @throws ArgumentError for seasons that are none */
export function readSeasons(seasons: readonly number[] | undefined): readonly number[] | undefined {
  if (seasons === undefined) return undefined;
  if (!Array.isArray(seasons) || seasons.length > MOST_SEASONS) {
    throw new ArgumentError(`seasons is invalid: an array of at most ${MOST_SEASONS} lengths`);
  }
  for (const season of seasons) {
    if (!(typeof season === 'number' && season >= 2 && season <= LONGEST_SEASON)) {
      throw new ArgumentError(`A season of ${String(season)} values is invalid: from 2 to ${LONGEST_SEASON}`);
    }
  }
  return [...new Set(seasons.map(Math.round))].sort((a, b) => a - b);
}

/** @throws ArgumentError for what no detector has given, and for that of one with other seasons */
export function readState(state: unknown, seasons: readonly number[] | undefined): DetectorState {
  const parsed = detectorState.safeParse(state);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = ['state', ...(issue?.path ?? []).map(String)].join('.');
    throw new ArgumentError(`The state is not one of a detector: ${place}: ${issue?.message ?? 'invalid'}`);
  }
  const { given } = parsed.data;
  if (seasons && seasons.join() !== given?.join()) {
    throw new ArgumentError(
      `The state is of a detector with ${given ? `the seasons [${given.join(', ')}]` : 'no seasons given'}, not with [${seasons.join(', ')}]`,
    );
  }
  const { profiles, chosen } = parsed.data.seasons;
  const lengths = profiles.map(({ values }) => values.length);
  if (lengths.join() !== (given ?? USUAL_SEASONS).join() || (chosen !== null && chosen >= lengths.length)) {
    throw new ArgumentError('The state is not one of a detector: state.seasons.profiles: not those of its seasons');
  }
  return parsed.data;
}
