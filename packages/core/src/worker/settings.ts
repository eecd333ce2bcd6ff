/** The times of a worker: what its start says, else the environment, else the defaults. */
import type { Config } from '../config.js';
import { ConfigError, type Issue } from '../errors.js';
import { toTimer } from '../timers.js';

/** Times in ms. `Infinity` is for ever, or never. */
export interface WorkerSettings {
  /** Default: `JOBS_STATS_INTERVAL`, else 30,000. */
  readonly statsInterval: number;
  /** How long to wait for running jobs before they are given back. Default: `JOBS_SHUTDOWN_TIMEOUT`, else 30,000. */
  readonly shutdownTimeout: number;
  /** A job whose worker has not been heard of for so long goes to another one. Default 30,000. */
  readonly lockDuration: number;
  /** How often to look for such jobs. Default 30,000. */
  readonly stalledInterval: number;
  /**
   * How often a job may lose its worker to a crash before it fails for good. Default 15: a crash is seldom the job's
   * fault, but a job that kills each worker must not go round for ever.
   */
  readonly maxStalledCount: number;
  /** How often the schedules of the processors are reconciled, and all others checked. Default 300,000. */
  readonly schedulesInterval: number;
}

/** Each with its default and the least that it may be. */
const SETTINGS = {
  statsInterval: { byDefault: 30_000, least: 1 },
  shutdownTimeout: { byDefault: 30_000, least: 0 },
  lockDuration: { byDefault: 30_000, least: 1 },
  stalledInterval: { byDefault: 30_000, least: 1 },
  maxStalledCount: { byDefault: 15, least: 0 },
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
    lockDuration: resolve('lockDuration'),
    stalledInterval: resolve('stalledInterval'),
    maxStalledCount: resolve('maxStalledCount'),
    schedulesInterval: resolve('schedulesInterval'),
  };
  if (problems.length > 0) throw new ConfigError('The worker cannot be started like that', problems);
  return settings;
}
