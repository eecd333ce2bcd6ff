/** Which store `createJobs` takes. */
import { expect, inject, it, onTestFinished } from 'vitest';
import { ConfigError } from './errors.js';
import { createJobs } from './jobs.js';
import { silentLogger } from './logger.js';

it('takes REDIS_URL without a connection', async () => {
  const environment = { REDIS_URL: inject('redisUrl') };
  const jobs = createJobs({ connection: undefined, queues: [], logger: silentLogger, environment });
  onTestFinished(() => jobs.close());
  expect(await jobs.health()).toMatchObject({ engine: 'redis', reachable: true });
});

it.each([[''], ['  '], [{ url: '' }]])('refuses the empty connection %j, and says what to do', (connection) => {
  const create = () => createJobs({ connection, queues: [], environment: { REDIS_URL: 'memory:' } });
  expect(create).toThrow(ConfigError);
  expect(create).toThrow('connection: is empty: give it an address, or leave it out for `REDIS_URL`');
});

it.each(['production', 'prod', 'staging', 'Development'])(
  'without a connection and a REDIS_URL that says something, %s is told what to set',
  (name) => {
    const create = () => createJobs({ queues: [], environment: { NODE_ENV: name, REDIS_URL: ' ' } });
    expect(create).toThrow(ConfigError);
    expect(create).toThrow('REDIS_URL: set it, or give createJobs({ connection })');
  },
);
