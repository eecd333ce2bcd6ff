import type { Subject } from '../../subject.js';
import { BATCH, IN_FLIGHT } from '../../workload.js';

export const enqueue: Subject = {
  name: 'enqueue',
  about: 'adding jobs one by one and many at a time, with validation',
  async run(bench) {
    const jobs = 10_000;
    const one = { kind: 'add', jobs, inFlight: IN_FLIGHT } as const;
    const many = { kind: 'add-many', jobs, batch: BATCH } as const;
    return [
      await bench.compare(`add, ${IN_FLIGHT} in flight`, one, bench.size(40, 8), { goal: 0.95 }),
      await bench.compare(`addMany, ${BATCH} at a time`, many, bench.size(30, 8), { goal: 1.2 }),
      await bench.compare('add to a fair queue', one, bench.size(10, 2), { variant: 'fair' }),
    ];
  },
};
