import { expect, it } from 'vitest';
import type { ActiveJob } from '../engine/contract.js';
import { silentLogger } from '../logger.js';
import { createJobLogger } from './job-logger.js';

/** The batches that the store is given. */
function open(fail?: Error) {
  const batches: string[][] = [];
  const active: Pick<ActiveJob, 'log'> = {
    async log(lines) {
      batches.push(lines.map((line) => line.replace(/^\S+ /, '')));
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (fail) throw fail;
      return true;
    },
  };
  return { batches, logger: createJobLogger(silentLogger, active, undefined) };
}

const lines = (count: number) => Array.from({ length: count }, (_, n) => `info line ${n}`);

it('keeps the lines of a moment in one step, in their order', async () => {
  const { batches, logger } = open();
  for (let n = 0; n < 100; n++) logger.info(`line ${n}`);
  await logger.flush();
  expect(batches).toEqual([lines(100)]);
});

it('keeps lines within milliseconds, while the job goes on', async () => {
  const { batches, logger } = open();
  logger.info('line 0');
  await expect.poll(() => batches).toEqual([lines(1)]);
  logger.child({ part: 2 }).warn('next');
  await expect.poll(() => batches).toEqual([lines(1), ['warn next {"part":2}']]);
});

it('keeps what comes while others are written, and never more than 500 together', async () => {
  const { batches, logger } = open();
  for (let n = 0; n < 1_200; n++) {
    logger.info(`line ${n}`);
    if (n % 100 === 0) await new Promise(setImmediate);
  }
  await logger.flush();
  expect(batches.flat()).toEqual(lines(1_200));
  expect(batches.length).toBeLessThan(20);
  expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(500);
});

it('tells of the first error in keeping a line once the job ends', async () => {
  const { logger } = open(new Error('no memory left'));
  logger.info('line 0');
  await expect(logger.flush()).rejects.toThrow('no memory left');
});
