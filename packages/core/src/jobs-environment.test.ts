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
