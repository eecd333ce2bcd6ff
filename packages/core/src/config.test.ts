import { describe, expect, it } from 'vitest';
import { ENVIRONMENT, parseConcurrency, readConfig } from './config.js';
import { ConfigError } from './errors.js';

describe('readConfig', () => {
  it('reads, trims and types what is set, and ignores what is empty or not ours', () => {
    const config = readConfig({
      REDIS_URL: ' redis://localhost:6379\n',
      JOBS_CONCURRENCY: 'email-sending=10, data-sync=2',
      JOBS_STATS_INTERVAL: '5000',
      JOBS_SHUTDOWN_TIMEOUT: '   ',
      LOG_LEVEL: ' warn ',
      RESEND_API_KEY: 're_1\n',
      STRIPE_WEBHOOK_SECRET: ' whsec_new , ,whsec_old\n',
      RESEND_WEBHOOK_SECRET: ' ',
      PATH: '/usr/bin',
    });
    expect(config).toEqual({
      REDIS_URL: 'redis://localhost:6379',
      JOBS_CONCURRENCY: { 'email-sending': 10, 'data-sync': 2 },
      JOBS_STATS_INTERVAL: 5_000,
      LOG_LEVEL: 'warn',
      RESEND_API_KEY: 're_1',
      STRIPE_WEBHOOK_SECRET: ['whsec_new', 'whsec_old'],
    });
  });

  it('lists all that is wrong at once, and none of the values', () => {
    const environment = {
      JOBS_CONCURRENCY: 'email=many',
      JOBS_STATS_INTERVAL: '-7',
      JOBS_SHUTDOWN_TIMEOUT: '9999999999',
      LOG_LEVEL: 'loud',
    };
    const read = () => readConfig(environment);
    expect(read).toThrow(ConfigError);
    for (const name of Object.keys(environment)) expect(read).toThrow(name);
    for (const value of Object.values(environment)) expect(read).not.toThrow(value);
  });

  it('says of every variable what it is for', () => {
    for (const { about } of Object.values(ENVIRONMENT)) expect(about).not.toBe('');
  });
});

describe('parseConcurrency', () => {
  it('reads the form of the flag', () => {
    expect(parseConcurrency('a=1')).toEqual({ a: 1 });
  });

  it.each(['', 'a', 'a=', 'a=b', 'a=0', 'a=1,b=00', '=1', 'a=1;b=2'])('refuses "%s"', (value) => {
    expect(() => parseConcurrency(value)).toThrow(ConfigError);
  });
});
