/**
 * Keeps the schedules of a worker's processors: reconciles them when the worker starts and every few minutes, and checks
 * all others. One worker at a time, and what one has done lately the others leave.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StateStore } from '../engine/engine.js';
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

/** When a source that was asked for and failed has its next turn. ms */
const RETRY_DELAY = 10_000;

export interface KeeperOptions {
  readonly sources: readonly ScheduleSource<ScheduleOf<AnyQueueDefinition>>[];
  readonly reconcile: (source: ScheduleSource<ScheduleOf<AnyQueueDefinition>>) => Promise<ReconcileResult>;
  readonly check: () => Promise<CheckResult>;
  readonly state: StateStore;
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

/** Sources whose turn does not wait for its time, by when it is: on the clock of `performance`. */
type Asked = Map<string, number>;

/** Begins at once. */
export function startKeeper(options: KeeperOptions): Keeper {
  const stopped = new AbortController();
  const asked: Asked = new Map();
  let woken = new AbortController();
  const rest = async () => {
    woken = new AbortController();
    const signal = AbortSignal.any([stopped.signal, woken.signal]);
    const pause = Math.min(options.interval, ...[...asked.values()].map((at) => at - performance.now()));
    // A timer drops what is behind the point, and would be early.
    if (pause > 0) await sleep(Math.ceil(pause), undefined, { signal, ref: false }).catch(() => undefined);
  };
  const running = keep(options, stopped.signal, asked, rest);
  return {
    refresh(source) {
      asked.set(source, performance.now());
      woken.abort();
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

async function keep(
  options: KeeperOptions,
  stopped: AbortSignal,
  asked: Asked,
  rest: () => Promise<void>,
): Promise<void> {
  // This worker may know other schedules than those before it: at its start it looks, whoever has looked before.
  for (let isStart = true; !stopped.aborted; isStart = false) {
    try {
      const waits = isStart || asked.size > 0;
      await withLock(options.state, stopped, waits, () => keepOnce(options, stopped, asked, isStart));
    } catch (thrown) {
      if (!stopped.aborted) options.onError(toError(thrown));
      for (const source of asked.keys()) asked.set(source, nextTry(options));
    }
    await rest();
  }
}

async function keepOnce(options: KeeperOptions, stopped: AbortSignal, asked: Asked, isStart: boolean): Promise<void> {
  const { sources, reconcile, check, state, logger, interval, onError } = options;
  /** Done once an interval, by whichever worker comes first. */
  const inTurn = async (what: string, work: () => Promise<void>) => {
    const key = `schedules:kept:${what}`;
    const isAsked = (asked.get(what) ?? Number.POSITIVE_INFINITY) <= performance.now();
    if (isAsked) asked.delete(what);
    if (stopped.aborted || (!isAsked && !isStart && (await state.exists(key)))) return;
    try {
      await work();
      await state.set(key, '1', Math.max(1, Math.floor(interval * 0.9)));
    } catch (thrown) {
      // A source that fails keeps its schedules as they are, and the others go on.
      onError(new Error(`The schedules of ${what} could not be reconciled`, { cause: toError(thrown) }));
      if (isAsked && !asked.has(what)) asked.set(what, nextTry(options));
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

/** @param waits whether to wait for the place; else nothing is done when another one has it */
async function withLock(state: StateStore, stopped: AbortSignal, waits: boolean, work: () => Promise<void>) {
  const token = randomUUID();
  while (!(await state.setIfAbsent(LOCK, token, LOCK_TTL))) {
    if (!waits || stopped.aborted) return;
    await sleep(ASK_AGAIN, undefined, { signal: stopped, ref: false }).catch(() => undefined);
  }
  const renewal = setInterval(() => {
    // One that can't be renewed runs out: two at once do the same thing twice, and no harm.
    state.extendIfEqual(LOCK, token, LOCK_TTL).catch(() => undefined);
  }, LOCK_TTL / 3);
  try {
    await work();
  } finally {
    clearInterval(renewal);
    await state.deleteIfEqual(LOCK, token);
  }
}

function describe({ added, changed, removed, untouched, repaired }: ReconcileResult): string {
  const counts = { added, changed, removed, repaired, untouched };
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}
