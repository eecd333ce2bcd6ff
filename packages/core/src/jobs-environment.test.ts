// The variables of a host's processes: checked together when something starts.
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineEnvironment } from './config.js';
import { ConfigError } from './errors.js';
import { createJobs } from './jobs.js';
import { silentLogger } from './logger.js';
import { defineProcessor } from './processor/definition.js';
import { defineQueue } from './queue/definition.js';

const pages = defineQueue({ name: 'pages', schema: z.object({}) });
const maps = defineQueue({ name: 'maps', schema: z.object({}) });
const pagerEnvironment = defineEnvironment({
  PAGER_URL: { schema: z.url('must be an address'), about: 'Where alerts are sent' },
});
const mapEnvironment = defineEnvironment({
  MAP_ZOOM: { schema: z.coerce.number('must be a number'), about: 'Scale of maps' },
});
const pager = defineProcessor({ queue: pages, environment: pagerEnvironment, process: () => undefined });
const mapper = defineProcessor({ queue: maps, environment: mapEnvironment, process: () => undefined });

const open = (environment: Record<string, string>) =>
  createJobs({ connection: 'memory:', queues: [pages, maps], logger: silentLogger, environment });

async function problemOf(start: () => Promise<unknown>): Promise<unknown> {
  return await start().then(
    () => expect.fail('it was started'),
    (error: unknown) => error,
  );
}

it('startWorker lists every wrong variable of core and of all registered processors in one error', async () => {
  const jobs = open({ PAGER_URL: 'secret', MAP_ZOOM: 'near' });
  jobs.registerProcessor(pager);
  jobs.registerProcessor(mapper);
  const error = await problemOf(() => jobs.startWorker({ queues: [pages], handleSignals: false }));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error).toMatchObject({ issues: [{ path: ['PAGER_URL'] }, { path: ['MAP_ZOOM'] }] });
  expect(String(error)).not.toMatch(/secret|near/);
  await jobs.close();
});

it('createJobs lists those of core and of the processors that it is given', () => {
  const environment = { LOG_LEVEL: 'loud', PAGER_URL: 'pager', MAP_ZOOM: '3' };
  const create = () =>
    createJobs({ connection: 'memory:', queues: [pages, maps], processors: [pager, mapper], environment });
  expect(create).toThrow(/^The environment is not right\n {2}- LOG_LEVEL: .*\n {2}- PAGER_URL: must be an address$/);
});

it('createJobs registers the processors that it is given', async () => {
  const jobs = createJobs({
    connection: 'memory:',
    queues: [pages],
    processors: [pager],
    logger: silentLogger,
    environment: {},
  });
  const worker = await jobs.startWorker({ handleSignals: false });
  const { id } = await jobs.queue(pages).add({});
  await jobs.queue(pages).waitFor(id);
  await worker.close();
  await jobs.close();
});

it('reads the variables of a processor where it says', async () => {
  const jobs = open({ PAGER_URL: 'pager' });
  jobs.registerProcessor({ ...pager, variables: { PAGER_URL: 'https://pager.example.com' } });
  const worker = await jobs.startWorker({ handleSignals: false });
  expect(jobs.environment().find(({ name }) => name === 'PAGER_URL')).toEqual({
    name: 'PAGER_URL',
    about: 'Where alerts are sent',
    isSet: true,
  });
  await worker.close();
  await jobs.close();
});

it('tells of a variable that is right for one processor and wrong for another one', async () => {
  const other = defineQueue({ name: 'other-pages', schema: z.object({}) });
  const work = { process: () => undefined };
  const environment = { PAGER_URL: 'https://pager.example.com' };
  const jobs = createJobs({ connection: 'memory:', queues: [pages, other], logger: silentLogger, environment });
  const elsewhere = { PAGER_URL: 'secret' };
  jobs.registerProcessor(
    defineProcessor({ queue: pages, environment: pagerEnvironment, variables: elsewhere, ...work }),
  );
  jobs.registerProcessor(defineProcessor({ queue: other, environment: pagerEnvironment, ...work }));
  expect(await problemOf(() => jobs.startWorker({ handleSignals: false }))).toMatchObject({
    issues: [{ path: ['PAGER_URL'], message: 'must be an address' }],
  });
  const states = jobs.environment().filter(({ name }) => name === 'PAGER_URL');
  expect(states).toMatchObject([{ isSet: true, problem: 'must be an address' }]);
  await jobs.close();
});

it('gives the variables to the `start` of a processor: its own, else those of createJobs', async () => {
  const seen: unknown[] = [];
  const own = { MAP_ZOOM: '3' };
  const environment = { PAGER_URL: 'https://pager.example.com' };
  const start = (variables: unknown) => void seen.push(variables);
  const processors = [
    defineProcessor({ queue: pages, environment: pagerEnvironment, start, process: () => undefined }),
    defineProcessor({ queue: maps, environment: mapEnvironment, variables: own, start, process: () => undefined }),
  ];
  const jobs = createJobs({
    connection: 'memory:',
    queues: [pages, maps],
    processors,
    logger: silentLogger,
    environment,
  });
  const worker = await jobs.startWorker({ handleSignals: false });
  expect(seen).toEqual([environment, own]);
  await worker.close();
  await jobs.close();
});

/** What the types refuse, as plain JavaScript has it. */
const untyped = (call: (...args: never[]) => unknown, ...args: unknown[]): unknown =>
  Reflect.apply(call, undefined, args);

it.each([
  ['no options', undefined, 'CONFIG_INVALID', /must be an object/],
  ['a list for its options', [pages], 'CONFIG_INVALID', /must be an object, not a list/],
  ['no queues', {}, 'QUEUE_INVALID', /`queues` must be a list/],
  ['a queue that is undefined', { queues: [pages, undefined] }, 'QUEUE_INVALID', /`queues\[1\]` must be a queue/],
  ['one processor', { queues: [pages], processors: pager }, 'CONFIG_INVALID', /processors: must be a list/],
  [
    'a processor that is undefined',
    { queues: [pages], processors: [undefined] },
    'PROCESSOR_INVALID',
    /defineProcessor/,
  ],
  ['a number as connection', { queues: [pages], connection: 6379 }, 'CONFIG_INVALID', /connection: is neither/],
  [
    'a connection without a url',
    { queues: [pages], connection: { url: null } },
    'CONFIG_INVALID',
    /neither an address/,
  ],
])('createJobs refuses %s', (_case, options, code, message) => {
  const given = typeof options === 'object' && !Array.isArray(options);
  const environment = { REDIS_URL: 'memory:', LOG_LEVEL: 'silent' };
  const create = () => untyped(createJobs, given ? { environment, ...options } : options);
  expect(create).toThrow(expect.objectContaining({ code }));
  expect(create).toThrow(message);
});

it('createJobs tells of a mistyped connection before it looks for another store', () => {
  const create = () =>
    untyped(createJobs, { queues: [], conection: 'memory:', environment: { NODE_ENV: 'production' } });
  expect(create).toThrow(/conection: unknown option: did you mean "connection"\?/);
});

it('refuses what is no processor, and options of other forms', async () => {
  const jobs = open({});
  const register = (...args: unknown[]) => Reflect.apply(jobs.registerProcessor, jobs, args);
  expect(() => register(undefined)).toThrow(/must be made by defineProcessor/);
  expect(() => register(pager, 5)).toThrow(/must be an object, not of type number/);
  jobs.registerProcessor(pager);
  expect(() => Reflect.apply(jobs.queue, jobs, [undefined])).toThrow(/^Queue "undefined" is not registered/);
  const start = (options: unknown) => problemOf(() => Reflect.apply(jobs.startWorker, jobs, [options]));
  for (const options of [
    null,
    [],
    { concurrency: 5 },
    { concurrency: null },
    { queues: 'pages' },
    { statsInterval: '5' },
  ])
    expect(await start(options), JSON.stringify(options)).toMatchObject({ code: 'CONFIG_INVALID' });
  expect(String(await start({ concurrency: 5 }))).toMatch(/concurrency: must be an object, not of type number/);
  for (const wrong of [{ process: 5 }, { onExhausted: 'log' }, { start: true }, { enqueues: maps }, { schedules: {} }])
    expect(() => untyped(defineProcessor, { queue: pages, process: () => undefined, ...wrong })).toThrow(
      `Processor of queue "pages": \`${Object.keys(wrong)[0]}\` must be`,
    );
  expect(() => untyped(defineProcessor, null)).toThrow(/the options must be an object, not null/);
  await jobs.close();
});

it('a wrong concurrency is an error that names where it was given', async () => {
  const where = (source: string, given: string) =>
    `Queue "pages": the concurrency of ${source} must be a whole number of at least 1, not ${given}`;
  const jobs = open({});
  const start = (concurrency: unknown) => problemOf(() => Reflect.apply(jobs.startWorker, jobs, [{ concurrency }]));
  expect(String(await start({ pages: '5' }))).toContain(where('startWorker({ concurrency })', '"5"'));
  const register = (concurrency: number) => () => jobs.registerProcessor(pager, { concurrency });
  expect(register(0)).toThrow(where('registerProcessor(…, { concurrency })', '0'));
  const define = () => defineProcessor({ queue: pages, process: () => undefined, concurrency: 1.5 });
  expect(define).toThrow(where('defineProcessor({ concurrency })', '1.5'));
  expect(() => open({ JOBS_CONCURRENCY: 'pages=0' })).toThrow(/JOBS_CONCURRENCY: must look like/);
  await jobs.close();
});

it('refuses an unknown option of createJobs, startWorker and defineProcessor, and names the one that was meant', async () => {
  const mistyped = (options: object): object => options;
  const jobs = open({});
  jobs.registerProcessor(pager);
  expect(() => createJobs({ queues: [], connection: 'memory:', ...mistyped({ conection: 'memory:' }) })).toThrow(
    /conection: unknown option: did you mean "connection"\?/,
  );
  expect(await problemOf(() => jobs.startWorker(mistyped({ statInterval: 5, handelSignals: false })))).toMatchObject({
    code: 'CONFIG_INVALID',
    issues: [
      { path: ['statInterval'], message: expect.stringContaining('did you mean "statsInterval"?') },
      { path: ['handelSignals'], message: expect.stringContaining('did you mean "handleSignals"?') },
    ],
  });
  expect(() => defineProcessor({ queue: pages, process: () => undefined, ...mistyped({ concurency: 2 }) })).toThrow(
    'Processor of queue "pages": unknown option `concurency`: did you mean "concurrency"?',
  );
  await jobs.close();
});
