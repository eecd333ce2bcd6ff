import { expect, it } from 'vitest';
import { ConfigError } from '../errors.js';
import { MAX_TIMER } from '../timers.js';
import { resolveSettings } from './settings.js';

const DEFAULTS = {
  statsInterval: 30_000,
  shutdownTimeout: 25_000,
  lockDuration: 20_000,
  stalledInterval: 5_000,
  maxStalledCount: 2,
  schedulesInterval: 300_000,
};

it('what the start says wins over the environment, and that over the defaults', () => {
  const environment = {
    JOBS_STATS_INTERVAL: 5,
    JOBS_SHUTDOWN_TIMEOUT: 6,
    JOBS_LOCK_DURATION: 7,
    JOBS_STALLED_INTERVAL: 8,
    JOBS_MAX_STALLED_COUNT: 0,
  };
  const start = { statsInterval: 1, shutdownTimeout: 0, lockDuration: 2, stalledInterval: 3, maxStalledCount: 4 };
  expect(resolveSettings(start, environment)).toEqual({ ...DEFAULTS, ...start });
  expect(resolveSettings({}, environment)).toEqual({
    ...DEFAULTS,
    statsInterval: 5,
    shutdownTimeout: 6,
    lockDuration: 7,
    stalledInterval: 8,
    maxStalledCount: 0,
  });
  expect(resolveSettings({}, {})).toEqual(DEFAULTS);
});

it('by default a worker ends before Kubernetes kills it, and the job of a dead one is taken again within 30 s', () => {
  const { shutdownTimeout, lockDuration, stalledInterval } = resolveSettings({}, {});
  expect(shutdownTimeout).toBeLessThanOrEqual(25_000);
  // A worker that lives looks once after the lock has run out, one that is started then looks twice.
  expect(lockDuration + 2 * stalledInterval).toBeLessThanOrEqual(30_000);
});

it('a time that no timer can hold is the longest one that there is, not none', () => {
  const times = { statsInterval: Number.POSITIVE_INFINITY, schedulesInterval: 2 ** 31, shutdownTimeout: 1e12 };
  expect(resolveSettings(times, {})).toMatchObject({
    statsInterval: MAX_TIMER,
    schedulesInterval: MAX_TIMER,
    shutdownTimeout: MAX_TIMER,
  });
});

it('names every setting that cannot be', () => {
  const refused = () => resolveSettings({ statsInterval: 0, shutdownTimeout: -1, lockDuration: Number.NaN }, {});
  expect(refused).toThrow(ConfigError);
  for (const name of ['statsInterval', 'shutdownTimeout', 'lockDuration']) expect(refused).toThrow(`${name}: must be`);
});
