import { expect, it } from 'vitest';
import { ConfigError } from '../errors.js';
import { MAX_TIMER } from '../timers.js';
import { resolveSettings } from './settings.js';

it('what the start says wins over the environment, and that over the defaults', () => {
  const environment = { JOBS_STATS_INTERVAL: 5, JOBS_SHUTDOWN_TIMEOUT: 6 };
  expect(resolveSettings({ statsInterval: 1, shutdownTimeout: 0 }, environment)).toEqual({
    statsInterval: 1,
    shutdownTimeout: 0,
    lockDuration: 30_000,
    stalledInterval: 30_000,
    maxStalledCount: 15,
    schedulesInterval: 300_000,
  });
  expect(resolveSettings({}, environment)).toMatchObject({ statsInterval: 5, shutdownTimeout: 6 });
  expect(resolveSettings({}, {})).toMatchObject({ statsInterval: 30_000, shutdownTimeout: 30_000 });
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
