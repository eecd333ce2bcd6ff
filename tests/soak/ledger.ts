/** Reads the ledger as it grows, and says what became of what was promised. */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './entries.js';

type EntryOf<Kind extends Entry['kind']> = Extract<Entry, { readonly kind: Kind }>;

/** An effect that was carried out more than once, with the lines of its job. */
export interface Repeat {
  readonly ref: string;
  readonly effect: string;
  readonly lines: readonly Entry[];
  /** Whether the ledger has lines about its job from the time of a fault. */
  readonly isDuringFault: boolean;
  /** How long after the first time. ms */
  readonly after: number;
}

/** What the ledger says of a run. */
export interface Findings {
  readonly acknowledged: number;
  /** Acknowledged and not done, each with its lines. */
  readonly missing: readonly (readonly Entry[])[];
  /** Guarded effects that were carried out again although `step` had answered. Never right. */
  readonly twice: readonly Repeat[];
  /**
   * Carried out again where `step` had not answered and the process lived: right only where its attempt had lost its
   * lock, or had a result that could not be stored for as long as the lock lived.
   */
  readonly unanswered: readonly Repeat[];
  /** Carried out again as the process was killed between the effect and the answer: nobody can prevent that. */
  readonly killedBetween: readonly Repeat[];
  /** The longest time without a job that was done, ms. */
  readonly longestGap: number;
  /** The longest time without a producer that was answered, ms: so long the store was away. */
  readonly longestSilence: number;
  readonly slots: number;
  /** Slots between the first one and the last one of a key that never ran. */
  readonly missedSlots: number;
  /** The most slots of one key that were missed in a row. */
  readonly longestHole: number;
  /** What callers saw, by its code. */
  readonly refused: ReadonlyMap<string, number>;
  /** Errors that callers saw and that are not the library's. */
  readonly bare: readonly EntryOf<'refused'>[];
}

/** The ledger of one run: the files of a folder. */
export class Ledger {
  readonly #folder: string;
  readonly #read = new Map<string, number>();
  readonly #entries: Entry[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** All lines so far. */
  entries(): readonly Entry[] {
    for (const file of readdirSync(this.#folder).filter((name) => name.endsWith('.ledger'))) this.#readOn(file);
    return this.#entries;
  }

  #readOn(name: string): void {
    const file = openSync(join(this.#folder, name), 'r');
    try {
      const from = this.#read.get(name) ?? 0;
      const bytes = Buffer.alloc(fstatSync(file).size - from);
      readSync(file, bytes, 0, bytes.length, from);
      // The last line may not be whole yet.
      const end = bytes.lastIndexOf('\n') + 1;
      this.#read.set(name, from + end);
      for (const line of bytes.subarray(0, end).toString().split('\n')) {
        if (line !== '') this.#entries.push(JSON.parse(line));
      }
    } finally {
      closeSync(file);
    }
  }
}

/** Judges a run by its lines, in any order. */
export function judge(entries: readonly Entry[]): Findings {
  const lines = sorted(entries);
  const answers = of(lines, 'acknowledged');
  const acknowledged = new Set(answers.map(({ ref }) => ref));
  const done = of(lines, 'done');
  const doneRefs = new Set(done.map(({ ref }) => ref));
  const refusals = of(lines, 'refused');
  const refused = new Map<string, number>();
  for (const { code } of refusals) refused.set(code, (refused.get(code) ?? 0) + 1);
  return {
    acknowledged: acknowledged.size,
    missing: [...acknowledged]
      .filter((ref) => !doneRefs.has(ref))
      .map((ref) => lines.filter((line) => 'ref' in line && line.ref === ref)),
    ...judgeEffects(lines),
    longestGap: longestGap(done),
    longestSilence: longestGap(answers),
    ...judgeSlots(of(lines, 'effect')),
    refused,
    bare: refusals.filter(({ isOurs }) => !isOurs),
  };
}

function judgeEffects(lines: readonly Entry[]): Pick<Findings, 'twice' | 'unanswered' | 'killedBetween'> {
  const isDuringFault = faultTimes(lines);
  const linesOf = groupBy(
    lines.filter((line) => 'ref' in line),
    (line) => ('ref' in line ? line.ref : ''),
  );
  const killedAt = new Map(of(lines, 'killed').map(({ victim, at }) => [victim, at]));
  const twice: Repeat[] = [];
  const unanswered: Repeat[] = [];
  const killedBetween: Repeat[] = [];
  for (const [name, history] of groupBy(guardedLines(lines), ({ ref, effect }) => `${ref} ${effect}`)) {
    const [ref = '', effect = ''] = name.split(' ');
    const first = history.find(({ kind }) => kind === 'effect');
    /** Who carried it out before, without an answer. */
    let before = first?.process;
    let isKept = false;
    for (const line of history) {
      if (line.kind === 'kept') isKept = true;
      if (line.kind === 'kept' || line === first) continue;
      const after = line.at - (first?.at ?? line.at);
      const repeat = {
        ref,
        effect,
        lines: history,
        after,
        isDuringFault: (linesOf.get(ref) ?? []).some(isDuringFault),
      };
      const killed = killedAt.get(before ?? '');
      if (isKept) twice.push(repeat);
      else if (killed !== undefined && killed < line.at) killedBetween.push(repeat);
      else unanswered.push(repeat);
      before = line.process;
    }
  }
  return { twice, unanswered, killedBetween };
}

/** Tells whether a line is from between the begin and the end of a fault. */
function faultTimes(lines: readonly Entry[]): (line: Entry) => boolean {
  const marks = of(lines, 'fault');
  const begins = marks.filter(({ isOver }) => !isOver).map(({ at }) => at);
  const ends = marks.filter(({ isOver }) => isOver).map(({ at }) => at);
  return ({ at }) => begins.some((begin, index) => begin <= at && at <= (ends[index] ?? at));
}

function guardedLines(lines: readonly Entry[]): (EntryOf<'effect'> | EntryOf<'kept'>)[] {
  return lines.filter((line) => line.kind === 'effect' || line.kind === 'kept');
}

/** Runs of the schedules, whose slots are every second, and stand behind the `@` of their names. */
function judgeSlots(effects: readonly EntryOf<'effect'>[]): Pick<Findings, 'slots' | 'missedSlots' | 'longestHole'> {
  const ticks = effects.filter(({ effect }) => effect === 'tick').map(({ ref }) => ref.split('@'));
  let slots = 0;
  let missedSlots = 0;
  let longestHole = 0;
  for (const runs of groupBy(ticks, ([key]) => key ?? '').values()) {
    const seconds = [...new Set(runs.map(([, slot]) => Number(slot) / 1_000))].sort((a, b) => a - b);
    slots += seconds.length;
    const holes = seconds.slice(1).map((second, index) => second - (seconds[index] ?? second) - 1);
    missedSlots += holes.reduce((sum, hole) => sum + hole, 0);
    longestHole = holes.reduce((most, hole) => Math.max(most, hole), longestHole);
  }
  return { slots, missedSlots, longestHole };
}

function longestGap(lines: readonly Entry[]): number {
  return lines.reduce((most, { at }, index) => Math.max(most, at - (lines[index - 1]?.at ?? at)), 0);
}

/** In the order in which each key comes first. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function of<Kind extends Entry['kind']>(lines: readonly Entry[], kind: Kind): EntryOf<Kind>[] {
  return lines.filter((line): line is EntryOf<Kind> => line.kind === kind);
}

function sorted(lines: readonly Entry[]): Entry[] {
  return [...lines].sort((a, b) => a.at - b.at);
}
