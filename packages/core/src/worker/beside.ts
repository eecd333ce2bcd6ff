/**
 * What a worker does beside its jobs: it hears of cancellations, is on the list of workers, keeps schedules, and warns of
 * the store's settings. No job waits for any of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/contract.js';
import { ERROR_CODES, JobCancelledError, toError } from '../errors.js';
import type { Logger } from '../logger.js';
import { onCancellation } from '../queue/cancellation.js';
import type { Keeper } from '../scheduler/keeper.js';
import { processorSourceName } from '../scheduler/processor-source.js';
import { type ErrorReport, limitRepeats } from './error-report.js';
import { startHeartbeat } from './heartbeat.js';
import type { Lane } from './lane.js';

/** Between two tries to listen for cancellations. ms */
const LISTEN_AGAIN = 1_000;

export interface BesideOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly now: () => number;
  /** Starts what is kept up beside the jobs, and answers how to end it. */
  readonly keepSchedules?: (onError: (error: Error) => void) => Keeper;
}

/** What runs beside the jobs. */
export interface Beside {
  /** Begins all but the listening, when the queues take jobs. */
  begin(): void;
  /** Brings the schedules of a queue's processor in line soon. */
  refreshSchedules(queue: string): void;
  /** Ends the keeping of schedules. */
  stopKeeping(): Promise<void>;
  /** Takes the worker off the list of workers. */
  leaveList(): Promise<void>;
  /** Hears of no more cancellations. */
  stopListening(): Promise<void>;
}

/** Listens for cancellations at once: a job may be cancelled as soon as it runs. */
export function openBeside(
  { engine, logger, now, keepSchedules }: BesideOptions,
  lanes: readonly Lane[],
  report: ErrorReport,
): Beside {
  const stopped = new AbortController();
  let keeper: Keeper | undefined;
  let leaveList = async (): Promise<void> => {};
  let beginning: NodeJS.Immediate | undefined;
  const listening = listenForCancellations(engine, lanes, report, stopped.signal);
  return {
    begin() {
      // After the code that has waited for the start of the worker.
      beginning = setImmediate(() => {
        leaveList = startHeartbeat({ state: engine.state, lanes, now, onError: report });
        keeper = keepSchedules?.(report);
        warnOfStore(engine, logger).catch((error: unknown) => report(toError(error)));
      });
    },
    // What has not begun looks at all of them first.
    refreshSchedules: (queue) => keeper?.refresh(processorSourceName(queue)),
    async stopKeeping() {
      clearImmediate(beginning);
      await keeper?.stop();
    },
    leaveList: () => leaveList(),
    async stopListening() {
      stopped.abort();
      const end = await listening;
      await end();
    },
  };
}

/** Hands cancellations to the jobs that run here, also those that came before it listened or while the connection was away. */
async function listenForCancellations(
  engine: Engine,
  lanes: readonly Lane[],
  report: ErrorReport,
  stopped: AbortSignal,
): Promise<() => Promise<void>> {
  const reportRepeated = limitRepeats(report);
  const laneOf = (queue: string) => lanes.find(({ name }) => name === queue);
  const lookForMissed = () => {
    for (const { name, runner } of lanes) {
      runner.lookForCancellations().catch((error) => report(toError(error), name));
    }
  };
  while (!stopped.aborted) {
    try {
      const end = await onCancellation(
        engine,
        ({ queue, id, reason }) => laneOf(queue)?.runner.cancel(id, new JobCancelledError(reason)),
        lookForMissed,
      );
      lookForMissed();
      return end;
    } catch (thrown) {
      if (stopped.aborted) break;
      const error = toError(thrown);
      // An unreachable store is reported by the calls that need it.
      if (!('code' in error && error.code === ERROR_CODES.EngineUnavailableError)) reportRepeated(error);
      await sleep(LISTEN_AGAIN, undefined, { signal: stopped, ref: false }).catch(() => undefined);
    }
  }
  return async () => {};
}

/** Says what is wrong with the store's settings. */
async function warnOfStore(engine: Engine, logger: Logger): Promise<void> {
  const { warnings } = await engine.health();
  for (const warning of warnings) logger.warn(warning);
}
