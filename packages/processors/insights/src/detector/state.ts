/** The state of a detector as plain JSON, checked when a host brings it back. */
import { ArgumentError } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { isObject, shownValue } from '../reading/given.js';
import { centerState } from './center.js';
import { deviationsState } from './deviations.js';
import { amount } from './limits.js';
import { persistenceState } from './persistence.js';
import { restState } from './rest.js';
import { seasonsState, USUAL_SEASONS } from './seasons.js';
import { stepState } from './step.js';

/** Of the fields of the state. One that another version of the package has made may have others. */
const VERSION = 1;

const detectorState = z.strictObject({
  version: z.literal(VERSION),
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
    const given = Array.isArray(seasons) ? `an array of ${seasons.length}` : shownValue(seasons);
    throw new ArgumentError(`seasons is ${given}: an array of at most ${MOST_SEASONS} lengths, such as [7]`);
  }
  for (const season of seasons) {
    if (!(typeof season === 'number' && season >= 2 && season <= LONGEST_SEASON)) {
      throw new ArgumentError(`A season of ${shownValue(season)} values is invalid: from 2 to ${LONGEST_SEASON}`);
    }
  }
  return [...new Set(seasons.map(Math.round))].sort((a, b) => a - b);
}

/** @throws ArgumentError for what no detector has given, and for that of one with other seasons */
export function readState(state: unknown, seasons: readonly number[] | undefined): DetectorState {
  if (typeof state === 'string') throw new ArgumentError('The state is a text: give what JSON.parse makes of it');
  if (isObject(state) && 'version' in state && Number.isInteger(state.version) && state.version !== VERSION) {
    throw new ArgumentError(
      `The state has the version ${shownValue(state.version)}, and this package reads ${VERSION}: begin a detector without a state, or use the package that has made it`,
    );
  }
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
