/** Which store `createJobs` takes. */
import { expect, inject, it, onTestFinished } from 'vitest';
import { ConfigError } from './errors.js';
import { createJobs } from './jobs.js';
import { silentLogger } from './logger.js';

it.each([[undefined], [''], ['  ']])('a connection that is %j is none: REDIS_URL counts', async (connection) => {
  const environment = { REDIS_URL: inject('redisUrl') };
  const jobs = createJobs({ connection, queues: [], logger: silentLogger, environment });
  onTestFinished(() => jobs.close());
  expect(await jobs.health()).toMatchObject({ engine: 'redis', reachable: true });
});

it.each(['production', 'prod', 'staging', 'Development'])(
  'without a connection and a REDIS_URL that says something, %s is told what to set',
  (name) => {
    const create = () => createJobs({ connection: '', queues: [], environment: { NODE_ENV: name, REDIS_URL: ' ' } });
    expect(create).toThrow(ConfigError);
    expect(create).toThrow('REDIS_URL: set it, or give createJobs({ connection })');
  },
);
