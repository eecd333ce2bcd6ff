/** The times of a worker: what its start says, else the environment, else the defaults. */
import type { Config } from '../config.js';
import { ConfigError, type Issue } from '../errors.js';
import { toTimer } from '../timers.js';

/** Times in ms. `Infinity` is for ever, or never. */
export interface WorkerSettings {
  /** Default: `JOBS_STATS_INTERVAL`, else 30,000. */
  readonly statsInterval: number;
  /**
   * What the end of the worker may take in all. Running jobs get four fifths of it, or all but the last 5,000; then they are
   * aborted and given back. Giving back may take 5,000 also where this is less. Default: `JOBS_SHUTDOWN_TIMEOUT`, else 25,000.
   */
  readonly shutdownTimeout: number;
  /**
   * A job whose worker has not renewed its lock for so long goes to another one. An event loop that is blocked for less than
   * three quarters of this does no harm. Default: `JOBS_LOCK_DURATION`, else 20,000.
   */
  readonly lockDuration: number;
  /** How often to look for such jobs. Default: `JOBS_STALLED_INTERVAL`, else 5,000. */
  readonly stalledInterval: number;
  /**
   * How many deaths of its worker, or losses of its lock, a job survives; the next one fails it permanently with
   * `WorkerDiedError`. Default: `JOBS_MAX_STALLED_COUNT`, else 2: it fails after 3.
   */
  readonly maxStalledCount: number;
  /** How often the schedules of the processors are reconciled, and all others checked. Default 300,000. */
  readonly schedulesInterval: number;
}

/**
 * Each with its default and the least that it may be. Kubernetes kills 30 s after its signal, and a lock and a look for
 * dead workers take less than 30 s.
 */
const SETTINGS = {
  statsInterval: { byDefault: 30_000, least: 1 },
  shutdownTimeout: { byDefault: 25_000, least: 0 },
  lockDuration: { byDefault: 20_000, least: 1 },
  stalledInterval: { byDefault: 5_000, least: 1 },
  maxStalledCount: { byDefault: 2, least: 0 },
  schedulesInterval: { byDefault: 300_000, least: 1 },
} as const satisfies Record<keyof WorkerSettings, { byDefault: number; least: number }>;

export const SETTING_NAMES: readonly string[] = Object.keys(SETTINGS);

/** @throws {ConfigError} naming every setting that cannot be */
export function resolveSettings(start: Partial<WorkerSettings>, environment: Config): WorkerSettings {
  const problems: Issue[] = [];
  const resolve = (name: keyof WorkerSettings, fromEnvironment?: number): number => {
    const { byDefault, least } = SETTINGS[name];
    const value = start[name] ?? fromEnvironment ?? byDefault;
    if (!(typeof value === 'number' && value >= least))
      problems.push({ path: [name], message: `must be a number of at least ${least}` });
    return toTimer(value);
  };
  const settings = {
    statsInterval: resolve('statsInterval', environment.JOBS_STATS_INTERVAL),
    shutdownTimeout: resolve('shutdownTimeout', environment.JOBS_SHUTDOWN_TIMEOUT),
    lockDuration: resolve('lockDuration', environment.JOBS_LOCK_DURATION),
    stalledInterval: resolve('stalledInterval', environment.JOBS_STALLED_INTERVAL),
    maxStalledCount: resolve('maxStalledCount', environment.JOBS_MAX_STALLED_COUNT),
    schedulesInterval: resolve('schedulesInterval'),
  };
  if (problems.length > 0) throw new ConfigError('The worker cannot be started like that', problems);
  return settings;
}
