import { expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { ProcessorDefinitionError } from '../errors.js';
import { defineQueue } from '../queue/definition.js';
import { defineProcessor } from './definition.js';

const queue = defineQueue({ name: 'q', schema: z.object({ n: z.number() }), result: z.object({ twice: z.number() }) });
const silent = defineQueue({ name: 'silent', schema: z.object({}) });

it('a processor gets the data of its queue and must return its result', () => {
  defineProcessor({
    queue,
    process(job) {
      expectTypeOf(job.data).toEqualTypeOf<{ n: number }>();
      expectTypeOf(job.queue).toEqualTypeOf<'q'>();
      return { twice: job.data.n * 2 };
    },
  });
  // @ts-expect-error a result of the wrong shape
  defineProcessor({ queue, process: () => ({ thrice: 1 }) });
  // @ts-expect-error no result at all
  defineProcessor({ queue, process: () => {} });
  // A queue without a result wants none.
  defineProcessor({ queue: silent, process: async () => {} });
});

it('what is added from a job is checked against the other queue', () => {
  defineProcessor({
    queue: silent,
    enqueues: [queue],
    async process(job) {
      await job.enqueue(queue, { n: 1 });
      // @ts-expect-error not the data of that queue
      await job.enqueue(queue, { m: 1 }).catch(() => {});
    },
  });
});

it('a definition without its parts is refused with what is missing', () => {
  const process = () => {};
  expect(() => defineProcessor({ queue: JSON.parse('{}'), process })).toThrow('`queue` must be');
  expect(() => defineProcessor({ queue: silent, process: JSON.parse('null') })).toThrow('`process` must be a function');
  expect(() => defineProcessor({ queue: silent, process, concurrency: 0 })).toThrow(ProcessorDefinitionError);
});
