/**
 * What a host's store of insights answers, checked at the edge as the figures are. What was told before, is muted or voted for
 * decides what becomes an insight: an answer that can't be understood fails the job at once, with the place.
 */
import { types } from 'node:util';
import { defined } from '@bizinsights/jobs-core/define';
import { z } from 'zod';
import { INSIGHT_KINDS, type InsightKind } from '../evidence.js';
import type { InsightMute, InsightVotes, NewInsight, ToldInsight } from '../ports.js';
import { INSIGHT_PERIODS } from '../queue.js';
import { shownValue } from './given.js';
import { checkedAnswer, wrongAnswer } from './wrong-answer.js';

const PORT = 'insights';

/** Not only of these kinds: a newer version that works beside this one may have kept another. */
const KINDS: ReadonlySet<string> = new Set(INSIGHT_KINDS);

/** Microseconds in the place of milliseconds would put a run off for thousands of years; clocks are not so far apart. */
const MOST_AHEAD = 86_400_000;

/** The latest moment that a date can be of. Epoch ms. */
const moment = z.number().gte(0).lte(8.64e15);
const days = z.object({ from: z.iso.date(), to: z.iso.date() });

/** What is compared of an insight and its parts; of the rest of the evidence that was kept only what decides is looked at. */
const FIGURES = {
  window: days,
  value: z.number(),
  expected: z.number(),
  change: z.number().optional(),
  direction: z.enum(['up', 'down']).optional(),
};

const evidence = z.looseObject({
  ...FIGURES,
  unit: z.enum(['minor-units', 'count', 'share', 'factor']),
  parts: z.array(z.looseObject({ ...FIGURES, kind: z.string(), metric: z.string() })).optional(),
  ahead: z.array(z.looseObject({ day: z.string(), expected: z.number().optional() })).optional(),
  season: z.looseObject({ of: z.string() }).optional(),
  record: z.looseObject({ of: z.string() }).optional(),
  holiday: z.looseObject({ day: z.string() }).optional(),
  source: z.looseObject({ platform: z.string() }).optional(),
  target: z.looseObject({ status: z.string() }).optional(),
});

/** Rows of earlier versions have an empty topic, and other evidence. */
const topic = z.looseObject({ topic: z.string(), kind: z.string() });

const told = z.looseObject({
  metric: z.string(),
  impact: z.enum(['low', 'medium', 'high']),
  status: z.enum(['new', 'changed', 'over']),
  period: z.enum(INSIGHT_PERIODS),
  createdAt: moment,
  evidence,
});

const mute = z.object({ metric: z.string().nullish(), kind: z.string().nullish() });

const count = z.number().gte(0).lte(Number.MAX_SAFE_INTEGER);
const votes = z.object({ kind: z.string(), up: count, down: count });

/** @throws {PermanentError} */
export function readClaim(given: unknown): boolean {
  if (typeof given === 'boolean') return given;
  throw wrongAnswer('claim', PORT, `true or false, and not ${shownValue(given)}`);
}

/**
 * The ids of what was kept, by their fingerprints.
 *
 * @throws {PermanentError}
 */
export function readSaved(given: unknown, insights: readonly NewInsight[]): ReadonlyMap<string, string> {
  if (!types.isMap(given)) {
    throw wrongAnswer('save', PORT, `a Map of ids by their fingerprints, and not ${shownValue(given)}`);
  }
  const ids = new Map<string, string>();
  for (const { fingerprint } of insights) {
    const id: unknown = given.get(fingerprint);
    if (id === undefined) continue;
    if (typeof id !== 'string' || id === '') {
      throw wrongAnswer('save', PORT, `the id of ${fingerprint} is ${shownValue(id)}, and no text`);
    }
    ids.set(fingerprint, id);
  }
  return ids;
}

/**
 * What continues nothing is left out: rows without a topic, of an earlier version, and kinds that this version does not know.
 *
 * @throws {PermanentError}
 */
export function readTold(given: readonly ToldInsight[]): readonly ToldInsight[] {
  checkedAnswer(z.array(topic), given, 'told', PORT);
  const isLeftOut = (row: ToldInsight) => row.topic === '' || !KINDS.has(row.kind);
  // Null in their places, so that an error has the place that the store has given.
  const rows = given.map((row) => (isLeftOut(row) ? null : row));
  checkedAnswer(z.array(told.nullable()), rows, 'told', PORT);
  return given.filter((row) => !isLeftOut(row));
}

/**
 * A column that is null in the store is one that is not named: a mute of nothing must not mute everything.
 *
 * @throws {PermanentError}
 */
export function readMutes(given: unknown): readonly InsightMute[] {
  return checkedAnswer(z.array(mute), given, 'mutes', PORT).flatMap(({ metric, kind }) => {
    // What this version does not find needs no mute.
    if (typeof kind === 'string' && !isKind(kind)) return [];
    return [defined({ metric: metric ?? undefined, kind: kind ?? undefined })];
  });
}

/** @throws {PermanentError} */
export function readVotes(given: unknown): readonly InsightVotes[] {
  return checkedAnswer(z.array(votes), given, 'votes', PORT).flatMap(({ kind, up, down }) =>
    isKind(kind) ? [{ kind, up, down }] : [],
  );
}

/**
 * Epoch ms. Undefined where there was no run.
 *
 * @throws {PermanentError}
 */
export function readLastRun(given: unknown, now: number): number | undefined {
  const last = checkedAnswer(moment.nullish(), given, 'lastRun', PORT) ?? undefined;
  if (last === undefined || last <= now + MOST_AHEAD) return last;
  throw wrongAnswer(
    'lastRun',
    PORT,
    `${shownValue(last)} is more than a day from now: milliseconds since 1970 are needed`,
  );
}

const isKind = (kind: string): kind is InsightKind => KINDS.has(kind);
