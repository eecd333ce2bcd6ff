/** A worker whose jobs run before the store lets it listen for cancellations. */
import { afterEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createMemoryEngine } from '../engine/memory/engine.js';
import { JobCancelledError } from '../errors.js';
import { createJobsOn } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';

const exports = defineQueue({ name: 'exports', schema: z.object({}), defaults: { attempts: 1 } });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A worker whose job runs until it is aborted, on a store that is asked to listen by `subscribe`. */
async function start(subscribe: (listen: () => Promise<() => Promise<void>>) => Promise<() => Promise<void>>) {
  const memory = createMemoryEngine();
  const { signals } = memory;
  const engine = {
    ...memory,
    signals: {
      publish: signals.publish,
      subscribe: (...args: Parameters<typeof signals.subscribe>) => subscribe(() => signals.subscribe(...args)),
    },
  };
  const jobs = createJobsOn({ queues: [exports], logger: silentLogger }, { engine });
  closing.push(() => jobs.close());
  const began = vi.fn();
  jobs.registerProcessor(
    defineProcessor({
      queue: exports,
      process: ({ signal }) =>
        new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          began();
        }),
    }),
  );
  const problems = vi.fn();
  jobs.events.on('worker:error', problems);
  const failed = new Promise<Error>((resolve) => {
    jobs.events.on('job:failed', ({ error }) => resolve(error));
  });
  await jobs.startWorker({ handleSignals: false });
  const { id } = await jobs.queue(exports).add({});
  await vi.waitFor(() => expect(began).toHaveBeenCalled());
  return { jobs, id, failed, problems };
}

it('ends a job that was cancelled before it listened', async () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { jobs, id, failed } = await start(async (listen) => {
    await opened;
    return await listen();
  });
  expect(await jobs.queue(exports).cancel(id)).toBe('requested');
  open();
  expect(await failed).toBeInstanceOf(JobCancelledError);
});

it('reports that the store refuses to be listened to, and tries again', async () => {
  const listening = vi.fn(async (listen: () => Promise<() => Promise<void>>) => {
    if (listening.mock.calls.length === 1) throw new Error('no permission');
    return await listen();
  });
  const { jobs, id, failed, problems } = await start(listening);
  expect(await jobs.queue(exports).cancel(id)).toBe('requested');
  expect(await failed).toBeInstanceOf(JobCancelledError);
  expect(problems).toHaveBeenCalledExactlyOnceWith({ error: expect.objectContaining({ message: 'no permission' }) });
});
