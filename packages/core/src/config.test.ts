import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  checkEnvironment,
  defineEnvironment,
  ENVIRONMENT,
  listEnvironment,
  parseConcurrency,
  readConfig,
} from './config.js';
import { ConfigError } from './errors.js';

const pagerEnvironment = defineEnvironment({
  PAGER_URL: { schema: z.url('must be an address'), about: 'Where alerts are sent' },
  PAGER_KEYS: { schema: z.string().transform((text) => text.split(',')), about: 'Keys of the pager' },
});
const mapEnvironment = defineEnvironment({ MAP_ZOOM: { schema: z.coerce.number(), about: 'Scale of maps' } });

describe('readConfig', () => {
  it('reads, trims and types what is set, and ignores what is empty or not ours', () => {
    const config = readConfig({
      REDIS_URL: ' redis://localhost:6379\n',
      JOBS_CONCURRENCY: 'email-sending=10, data-sync=2',
      JOBS_STATS_INTERVAL: '5000',
      JOBS_SHUTDOWN_TIMEOUT: '   ',
      LOG_LEVEL: ' warn ',
      PAGER_URL: 'https://pager.example.com',
      PATH: '/usr/bin',
    });
    expect(config).toEqual({
      REDIS_URL: 'redis://localhost:6379',
      JOBS_CONCURRENCY: { 'email-sending': 10, 'data-sync': 2 },
      JOBS_STATS_INTERVAL: 5_000,
      LOG_LEVEL: 'warn',
    });
  });

  it('reads the tables that it is given by the same rules, each value with its type', () => {
    const variables = {
      PAGER_URL: ' https://pager.example.com\n',
      PAGER_KEYS: 'a,b',
      MAP_ZOOM: ' ',
      LOG_LEVEL: 'loud',
    };
    const config = readConfig(variables, pagerEnvironment, mapEnvironment);
    expect(config).toEqual({ PAGER_URL: 'https://pager.example.com', PAGER_KEYS: ['a', 'b'] });
    expectTypeOf(config.PAGER_KEYS).toEqualTypeOf<string[] | undefined>();
    expectTypeOf(config.MAP_ZOOM).toEqualTypeOf<number | undefined>();
    expectTypeOf(readConfig().JOBS_STATS_INTERVAL).toEqualTypeOf<number | undefined>();
    // @ts-expect-error a variable of none of the tables
    expect(config.LOG_LEVEL).toBeUndefined();
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

describe('the tables of several packages', () => {
  const variables = { LOG_LEVEL: 'loud', PAGER_URL: 'pager', PAGER_KEYS: 'secret', MAP_ZOOM: 'near' };
  const readings = [ENVIRONMENT, pagerEnvironment, mapEnvironment].map((table) => ({ table, variables }));

  it('are checked in one go, each where it is read', () => {
    const elsewhere = { table: mapEnvironment, variables: { MAP_ZOOM: '3' } };
    const check = () => checkEnvironment([...readings.slice(0, 2), elsewhere]);
    expect(check).toThrow(ConfigError);
    expect(check).toThrow(/- LOG_LEVEL: .*\n {2}- PAGER_URL: must be an address$/);
  });

  it('name a variable that two of them read once', () => {
    const twice = [...readings, ...readings];
    expect(() => checkEnvironment(twice)).toThrow(
      expect.objectContaining({
        issues: ['LOG_LEVEL', 'PAGER_URL', 'MAP_ZOOM'].map((name) => expect.objectContaining({ path: [name] })),
      }),
    );
    const names = listEnvironment(twice).map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it('are listed with what is wrong, and without values', () => {
    const states = listEnvironment(readings);
    expect(states).toContainEqual({ name: 'PAGER_KEYS', about: 'Keys of the pager', isSet: true });
    expect(states).toContainEqual({ name: 'REDIS_URL', about: expect.any(String), isSet: false });
    expect(states.find(({ name }) => name === 'PAGER_URL')).toMatchObject({
      isSet: true,
      problem: 'must be an address',
    });
    expect(JSON.stringify(states)).not.toMatch(/secret|loud|"near/);
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
