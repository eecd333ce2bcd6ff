/** What goes wrong beside an attempt. How attempts end is behaviour: `testing/behaviour`. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import type { Engine } from '../engine/contract.js';
import { createMemoryEngine } from '../engine/memory/engine.js';
import { EngineUnavailableError } from '../errors.js';
import { createJobsOn } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';

/** A store that keeps jobs and refuses their log lines. */
function withoutLogs(problem: Error): Engine {
  const engine = createMemoryEngine();
  const log = () => Promise.reject(problem);
  return {
    ...engine,
    worker: (queue, run, options, listener) =>
      engine.worker(queue, (active) => run(Object.assign(Object.create(active), { log })), options, listener),
  };
}

it.each([
  ['away', new EngineUnavailableError('gone')],
  ['full', new Error('OOM')],
])(
  'a log line that cannot be kept is told, and the attempt stays what it is: the store is %s',
  async (_what, problem) => {
    const queue = defineQueue({ name: 'logged', schema: z.object({}), result: z.number(), defaults: { attempts: 1 } });
    const jobs = createJobsOn({ queues: [queue], logger: silentLogger }, { engine: withoutLogs(problem) });
    onTestFinished(() => jobs.close());
    const told = vi.fn();
    jobs.events.on('worker:error', told);
    const process = vi.fn(({ logger }) => {
      logger.info('a line');
      return 7;
    });
    jobs.registerProcessor(defineProcessor({ queue, process }));
    await jobs.startWorker({ handleSignals: false });
    const { id } = await jobs.queue(queue).add({});
    expect(await jobs.queue(queue).waitFor(id)).toBe(7);
    expect(process).toHaveBeenCalledTimes(1);
    expect(told).toHaveBeenCalledWith({ queue: 'logged', error: problem });
  },
);
