/**
 * Keeps the schedules of a worker's processors: reconciles them when the worker starts, every few minutes, and when the
 * connection to the store was lost and is back; and checks all others. One worker at a time, and what one has done lately
 * the others leave.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lease } from '../coordination/lease.js';
import type { StateStore } from '../engine/contract.js';
import { toError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { ScheduleOf } from '../queue/schedule.js';
import type { CheckResult } from './check.js';
import type { ReconcileResult, ScheduleSource } from './reconcile.js';

/** One that has not been heard of for so long has died over it. ms */
const LOCK_TTL = 15_000;
const LOCK = 'schedules:keeper';

/** How often to ask for the place at the start. ms */
const ASK_AGAIN = 250;

/** When a source that was asked for and failed has its next turn, and a pass that found the store away. ms */
const RETRY_DELAY = 10_000;

/** The reason of the signal: without one, an error is made for it. */
const STOPPED = 'stopped';

/** Workers whose connections are back within so long look for what the same loss of the store has done. ms */
const SAME_LOSS = 5_000;

export interface KeeperOptions {
  readonly sources: readonly ScheduleSource<ScheduleOf<AnyQueueDefinition>>[];
  readonly reconcile: (source: ScheduleSource<ScheduleOf<AnyQueueDefinition>>) => Promise<ReconcileResult>;
  readonly check: () => Promise<CheckResult>;
  readonly state: StateStore;
  /** Calls `listener` when the store may have lost what it had; answers how to end that. Default: it never does. */
  readonly onReconnect?: (listener: () => void) => () => void;
  /** Called then, by each keeper and at once: tells the store what this process knows. */
  readonly recall?: () => Promise<void>;
  readonly logger: Logger;
  /** ms */
  readonly interval: number;
  /** When a source that was asked for and failed has its next turn. ms, default 10,000. */
  readonly retryDelay?: number;
  readonly onError: (error: Error) => void;
}

/** What keeps the schedules of a worker. */
export interface Keeper {
  /** Reconciles a source soon, and not when its turn comes. */
  refresh(source: string): void;
  /** Ends it, after what it is at. */
  stop(): Promise<void>;
}

/** Why a pass is made, which decides whether what was done lately is done again. */
type Pass =
  /** This worker may know other schedules than those before it: whoever has looked before. */
  | 'start'
  /** The store may have lost what it had: done again, by whichever worker comes first. */
  | 'reconnect'
  /** Done once an interval, by whichever worker comes first. */
  | 'turn';

/** What does not wait for its time, by when it is: on the clock of `performance`. */
interface Due {
  readonly sources: Map<string, number>;
  /** The next pass, where that is more than a turn. */
  pass: { readonly kind: 'start' | 'reconnect'; readonly at: number } | undefined;
  /** The end of the last pass after a reconnect, whose marks would hide what a later loss has done. */
  lookedAt: number;
}

/** Begins at once. */
export function startKeeper(options: KeeperOptions): Keeper {
  const stopped = new AbortController();
  const due: Due = {
    sources: new Map(),
    pass: { kind: 'start', at: performance.now() },
    lookedAt: Number.NEGATIVE_INFINITY,
  };
  let wake = () => {};
  const rest = () =>
    new Promise<void>((resolve) => {
      const times = [...due.sources.values(), ...(due.pass ? [due.pass.at] : [])];
      const pause = Math.min(options.interval, ...times.map((at) => at - performance.now()));
      if (pause <= 0 || stopped.signal.aborted) return resolve();
      // A timer drops what is behind the point, and would be early.
      const timer = setTimeout(resolve, Math.ceil(pause)).unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const recall = recallOnce(options);
  const forget = options.onReconnect?.(() => {
    recall();
    due.pass = { kind: due.pass?.kind ?? 'reconnect', at: Math.max(performance.now(), due.lookedAt + SAME_LOSS) };
    wake();
  });
  const running = keep(options, stopped.signal, due, rest);
  return {
    refresh(source) {
      due.sources.set(source, performance.now());
      wake();
    },
    async stop() {
      forget?.();
      stopped.abort(STOPPED);
      wake();
      await running;
    },
  };
}

/** One at a time: each connection of a worker tells that it is back. What came meanwhile is asked for once more. */
function recallOnce({ recall, onError }: KeeperOptions): () => void {
  let running = false;
  let isAsked = false;
  return async () => {
    isAsked = true;
    if (running) return;
    running = true;
    try {
      while (isAsked) {
        isAsked = false;
        await recall?.();
      }
    } catch (thrown) {
      // The store is away again: this is done when it is back.
      onError(toError(thrown));
    } finally {
      running = false;
    }
  };
}

async function keep(options: KeeperOptions, stopped: AbortSignal, due: Due, rest: () => Promise<void>): Promise<void> {
  // One for all passes: where the place could not be given back, as the store was away, it is still this keeper's own.
  const holder = randomUUID();
  while (!stopped.aborted) {
    const { kind = 'turn' } = due.pass && due.pass.at <= performance.now() ? due.pass : {};
    if (kind !== 'turn') due.pass = undefined;
    try {
      const waits = kind !== 'turn' || due.sources.size > 0;
      await inPlace(options.state, holder, { waits, stopped }, () => keepOnce(options, stopped, due.sources, kind));
      if (kind === 'reconnect') {
        due.lookedAt = performance.now();
        // What came meanwhile may be the same loss, or another one.
        if (due.pass) due.pass = { ...due.pass, at: due.lookedAt + SAME_LOSS };
      }
    } catch (thrown) {
      if (!stopped.aborted) options.onError(toError(thrown));
      for (const source of due.sources.keys()) due.sources.set(source, nextTry(options));
      if (kind !== 'turn') due.pass ??= { kind, at: nextTry(options) };
    }
    await rest();
  }
}

async function keepOnce(
  options: KeeperOptions,
  stopped: AbortSignal,
  asked: Map<string, number>,
  pass: Pass,
): Promise<void> {
  const { sources, reconcile, check, state, logger, interval, onError } = options;
  const isDue = async (what: string): Promise<boolean> => {
    if (pass === 'start') return true;
    if (pass === 'reconnect' && (await state.setIfAbsent(`schedules:reconnected:${what}`, '1', SAME_LOSS))) return true;
    return !(await state.exists(`schedules:kept:${what}`));
  };
  const inTurn = async (what: string, work: () => Promise<void>) => {
    const isAsked = (asked.get(what) ?? Number.POSITIVE_INFINITY) <= performance.now();
    if (isAsked) asked.delete(what);
    if (stopped.aborted || !(isAsked || (await isDue(what)))) return;
    try {
      await work();
      await state.set(`schedules:kept:${what}`, '1', Math.max(1, Math.floor(interval * 0.9)));
    } catch (thrown) {
      // A source that fails keeps its schedules as they are, and the others go on.
      onError(new Error(`The schedules of ${what} could not be reconciled`, { cause: toError(thrown) }));
      // What is not done in a turn is not to wait for one.
      if ((isAsked || pass !== 'turn') && !asked.has(what)) asked.set(what, nextTry(options));
    }
  };
  for (const source of sources) {
    await inTurn(source.name, async () => {
      const result = await reconcile(source);
      const { added, changed, removed, repaired, refused, problems } = result;
      if (added + changed + removed + repaired > 0) logger.info(`schedules of ${source.name}: ${describe(result)}`);
      if (refused > 0) logger.error({ problems }, `schedules of ${source.name}: ${refused} refused`);
    });
  }
  await inTurn('all', async () => {
    await check();
  });
}

function nextTry({ retryDelay = RETRY_DELAY }: KeeperOptions): number {
  return performance.now() + retryDelay;
}

/** Does the work when it has the place. A keeper that does not wait does nothing while another one has it. */
async function inPlace(
  state: StateStore,
  holder: string,
  { waits, stopped }: { readonly waits: boolean; readonly stopped: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  const place = new Lease({ state, key: LOCK, holder, ttl: LOCK_TTL });
  while (!(await place.take())) {
    if (!waits || stopped.aborted) return;
    await sleep(ASK_AGAIN, undefined, { signal: stopped, ref: false }).catch(() => undefined);
  }
  // One that is lost meanwhile: two at once do the same thing twice, and no harm.
  place.keep();
  try {
    await work();
  } finally {
    await place.release();
  }
}

function describe({ added, changed, removed, untouched, repaired }: ReconcileResult): string {
  const counts = { added, changed, removed, repaired, untouched };
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}
