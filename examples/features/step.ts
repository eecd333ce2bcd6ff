// A step runs once in the life of a job: later attempts get its stored result.
import { createJobs, defineProcessor, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const orderQueue = defineQueue({
  name: 'orders',
  schema: z.object({ orderId: z.string() }),
  result: z.object({ receipt: z.string() }),
  defaults: { backoff: { type: 'fixed', delay: 10 } },
});

const jobs = createJobs({ connection: 'memory:', queues: [orderQueue], logger: silentLogger });

async function charge(orderId: string): Promise<{ chargeId: string }> {
  console.log(`charges ${orderId}`);
  return { chargeId: 'ch_1' };
}

// #region processor
const orders = defineProcessor({
  queue: orderQueue,
  async process(job) {
    const { chargeId } = await job.step('charge', () => charge(job.data.orderId));
    console.log(`attempt ${job.attempt} has charge ${chargeId}`);
    if (job.attempt === 1) throw new Error('The printer is out of paper');
    return { receipt: `receipt of ${chargeId}` };
  },
});
// #endregion

jobs.registerProcessor(orders);
await jobs.startWorker();

const { id } = await jobs.queue(orderQueue).add({ orderId: 'order 7' });
const { receipt } = await jobs.queue(orderQueue).waitFor(id);
console.log(receipt);

await jobs.close();

// Output:
// charges order 7
// attempt 1 has charge ch_1
// attempt 2 has charge ch_1
// receipt of ch_1
