/**
 * Which run of a schedule was started last: so that no two run at once where they must not, and none twice.
 *
 * A store that fails over to a copy, or comes back from its disk, may have lost the last second of what it acknowledged.
 * Then a run that has been done waits again, or seems to be under way with a worker that is gone. Two things tell it from
 * a run whose worker has died, which is to be done: what the store has kept of its start, and what the process that did
 * it remembers. When the connection is back, that process writes down again what the store may have lost. The same where
 * the store could not be told of the end, and takes the run for failed.
 */
import { randomUUID } from 'node:crypto';
import type { Engine, FoundJob, StoredJob } from '../engine/contract.js';
import { perTurn } from '../timers.js';

/** How long it is known which run of a key was the last. Longer than any run with all its attempts. ms */
const KEPT = 30 * 24 * 3_600_000;

/** Starts and ends that a process remembers, of all schedules: at least so many, and at most twice as many. */
const REMEMBERED = 10_000;

/** Schedules whose last ends are written down again when the connection is back. */
const RECALLED = 1_000;

/** A start of a run. */
export interface RunStart {
  readonly key: string;
  readonly queue: string;
  readonly id: string;
  /** How often the run has been started, this time included, and how often it has lost its worker. */
  readonly starts: number;
  readonly stalls: number;
}

export function startOf(key: string, queue: string, { id = '', attemptsStarted, stalledCounter }: StoredJob): RunStart {
  return { key, queue, id, starts: attemptsStarted, stalls: stalledCounter };
}

/** How a start has ended, well: the store has heard of it, or (as far as its process knows) has not. */
type End = 'stored' | 'unstored';

interface EndedRun extends RunStart {
  end: End;
}

/** What is known of the last start; without an end it is under way, or has failed. */
interface LastStart extends Omit<RunStart, 'key'> {
  readonly end: End | undefined;
}

/** A start that was let through here. */
interface TakenStart extends Pick<RunStart, 'queue' | 'id' | 'starts'> {
  /** What was written down of it. */
  readonly text: string;
}

/** What a start that wants to be the last one of its schedule has found. */
export interface Look {
  /** What it writes down. */
  readonly mine: string;
  /** What is written down of the last start. */
  readonly found: string | undefined;
  /** Whether it is the last one already. */
  readonly isTaken: boolean;
}

const DONE = 'it has been done, and the store has lost that';

/** Where the last run of a schedule that was let through is written down. */
const lastKey = (key: string): string => `schedule-run:${key}`;

export class RunStarts {
  readonly #engine: Engine;
  /** Find jobs of each queue. */
  readonly #jobs = new Map<string, (id: string) => Promise<FoundJob | undefined>>();
  /** By the ids of their jobs. */
  readonly #ended = new Remembered<EndedRun>();
  /** The last ones that were let through here, by the keys of their schedules. */
  readonly #taken = new Remembered<TakenStart>();
  readonly #last: (key: string) => Promise<string | undefined>;
  /** Off while other processes do runs of the same schedules: what is known here would be refused, which is one look more. */
  #isAlone = true;
  /** Tells what is written here from what others write of the same start. */
  readonly #mark = randomUUID().slice(0, 8);
  #count = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#last = perTurn((keys: readonly string[]) => engine.state.getMany(keys));
  }

  /** Not asked for its state alone, which takes BullMQ the longer the more jobs wait. */
  #job({ queue, id }: LastStart): Promise<FoundJob | undefined> {
    let find = this.#jobs.get(queue);
    if (!find) {
      find = perTurn((ids: readonly string[]) => this.#engine.queue(queue).getMany(ids));
      this.#jobs.set(queue, find);
    }
    return find(id);
  }

  /**
   * Looks which start of a schedule was the last one. Where that is known here, and has ended well, this start takes its
   * place in the same step, in which the store confirms that it is still the last one. A run that is left out after that
   * has done no harm: it comes to its end at once.
   */
  async look(start: RunStart): Promise<Look> {
    const mine = `${write({ ...start, end: undefined })}\n\n${this.#mark}${(this.#count++).toString(36)}`;
    const known = this.#known(start);
    if (known !== undefined && this.#isAlone) {
      if (await this.#engine.state.replaceIfEqual(lastKey(start.key), known, mine, KEPT)) {
        this.#keep(start, mine);
        return { mine, found: known, isTaken: true };
      }
    }
    const found = await this.#last(lastKey(start.key));
    if (known !== undefined) this.#isAlone = found === known;
    return { mine, found, isTaken: false };
  }

  /** What is written down of the last start, as far as this process knows; undefined where another look is needed. */
  #known({ key, id }: RunStart): string | undefined {
    const last = this.#taken.get(key);
    if (!last || last.id === id) return undefined;
    const ended = this.#ended.get(last.id);
    if (ended?.end !== 'stored' || ended.queue !== last.queue || ended.starts !== last.starts) return undefined;
    return this.#ended.get(id) ? undefined : last.text;
  }

  /** Makes a run the last one of its schedule. Answers why it is not to run. */
  async take(start: RunStart, overlap: 'skip' | 'allow', { mine, found, isTaken }: Look): Promise<string | undefined> {
    if (isTaken) return undefined;
    const reason = await this.#take(start, overlap, mine, found);
    if (reason === undefined) this.#keep(start, mine);
    return reason;
  }

  #keep({ key, queue, id, starts }: RunStart, text: string): void {
    this.#taken.set(key, { queue, id, starts, text });
  }

  async #take(
    start: RunStart,
    overlap: 'skip' | 'allow',
    mine: string,
    found: string | undefined,
  ): Promise<string | undefined> {
    const here = this.#ended.get(start.id);
    if (here && isSame(here, start) && isRepeated(here, start)) return DONE;
    const { state } = this.#engine;
    for (let isFirstLook = true; ; isFirstLook = false) {
      const text = isFirstLook ? found : await this.#last(lastKey(start.key));
      // The answer to our writing it was lost.
      if (text === mine) return undefined;
      if (text !== undefined) {
        const last = read(text);
        const reason = await this.#compare(last, start, overlap);
        if (reason !== undefined) return reason;
        // In one step: no other run could take the place between.
        if (await state.replaceIfEqual(lastKey(start.key), text, mine, KEPT)) return undefined;
      }
      // Somebody else may have been faster: then look at that one.
      else if (await state.setIfAbsent(lastKey(start.key), mine, KEPT)) return undefined;
    }
  }

  /** A run has come to a good end here: the store is about to hear of it, or has. */
  ended(start: RunStart, end: End): void {
    const known = end === 'stored' ? this.#ended.get(start.id) : undefined;
    if (known?.starts === start.starts) {
      known.end = end;
      return;
    }
    const { key, queue, id, starts, stalls } = start;
    // Not copied from `start`: of that many, an object of a known shape takes a third of the memory.
    this.#ended.set(id, { key, queue, id, starts, stalls, end });
  }

  /** The store takes a run for failed. Where it has come to a good end here, writes that down for the next attempt. */
  async failed({ queue, id }: RunStart): Promise<void> {
    const start = this.#ended.get(id);
    if (start?.queue === queue && start.end === 'unstored') await this.#recall(start);
  }

  /** Writes down again how the last runs have ended here, where the store knows of no later one. */
  async recall(): Promise<void> {
    const latest = new Map<string, EndedRun>();
    for (const start of this.#ended.newestFirst()) {
      if (latest.size === RECALLED) break;
      if (!latest.has(start.key)) latest.set(start.key, start);
    }
    await Promise.all([...latest.values()].map((start) => this.#recall(start)));
  }

  async #recall(start: EndedRun): Promise<void> {
    const { state } = this.#engine;
    const text = await state.get(lastKey(start.key));
    const last = text === undefined ? undefined : read(text);
    if (last && (isSame(last, start) ? last.starts > start.starts : slotIn(last.id) >= slotIn(start.id))) return;
    if (text === undefined) await state.setIfAbsent(lastKey(start.key), write(start), KEPT);
    else await state.replaceIfEqual(lastKey(start.key), text, write(start), KEPT);
  }

  async #compare(last: LastStart, start: RunStart, overlap: 'skip' | 'allow'): Promise<string | undefined> {
    if (isSame(last, start)) {
      if (!isRepeated(last, start)) return undefined;
      return last.end ? DONE : 'it has been started before, and the store has lost that';
    }
    if (overlap === 'allow') return undefined;
    const here = this.#ended.get(last.id);
    // The process that did it need not ask. Started again, by hand perhaps, it would have another number.
    if (here && isSame(last, here) && here.starts === last.starts && here.end === 'stored') return undefined;
    const state = (await this.#job(last))?.state;
    const hasEnded = state === undefined || state === 'completed' || state === 'failed';
    return hasEnded ? undefined : `the run before, "${last.id}", has not ended`;
  }
}

function isSame(last: Pick<RunStart, 'queue' | 'id'>, start: RunStart): boolean {
  return last.queue === start.queue && last.id === start.id;
}

/** Whether a run is started once more that needs no other start. A retry, and one that was asked for by hand, counts on. */
function isRepeated(last: LastStart, { starts, stalls }: Omit<RunStart, 'key'>): boolean {
  if (starts <= last.starts || last.end === 'unstored') return true;
  // Its end was lost: the store has waited for a worker that has long been through with it.
  return last.end === 'stored' && starts - last.starts === stalls - last.stalls;
}

/** By lines: queue, id, starts, stalls, end. Behind them a start has its mark, which is only compared. */
function write({ queue, id, starts, stalls, end }: LastStart): string {
  const text = `${queue}\n${id}\n${starts}\n${stalls}`;
  return end ? `${text}\n${end}` : text;
}

function read(text: string): LastStart {
  const [queue = '', id = '', starts = '0', stalls = '0', end] = text.split('\n');
  const isEnd = end === 'stored' || end === 'unstored';
  return { queue, id, starts: Number(starts), stalls: Number(stalls), end: isEnd ? end : undefined };
}

/** Of one that was asked for by hand, none: it is behind nothing. */
function slotIn(id: string): number {
  return Number(/:(\d+)$/.exec(id)?.[1] ?? 0);
}

/** The newest values of a kind, by a name of each. */
class Remembered<Value> {
  /** In their order. */
  #newer = new Map<string, Value>();
  /** Those before them. Taken from a Map one by one, the oldest would be found the later, the more have gone. */
  #older = new Map<string, Value>();

  get(name: string): Value | undefined {
    return this.#newer.get(name) ?? this.#older.get(name);
  }

  set(name: string, value: Value): void {
    this.#newer.delete(name);
    this.#newer.set(name, value);
    if (this.#newer.size < REMEMBERED) return;
    this.#older = this.#newer;
    this.#newer = new Map();
  }

  newestFirst(): Value[] {
    return [...this.#older.values(), ...this.#newer.values()].reverse();
  }
}
