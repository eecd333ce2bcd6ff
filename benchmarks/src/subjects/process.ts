import type { Subject } from '../subject.js';
import { CONCURRENCY } from '../workload.js';

export const processing: Subject = {
  name: 'process',
  about: 'running jobs with context, events and validation',
  async run(bench) {
    const task = { kind: 'process', jobs: 10_000, concurrency: CONCURRENCY } as const;
    const few = bench.size(8, 2);
    return [
      await bench.compare(`process, concurrency ${CONCURRENCY}`, task, bench.size(40, 8), { goal: 0.95 }),
      await bench.compare('process, rate limited by tenant', task, few, { variant: 'rate-limited' }),
      await bench.compare('process, one step() a job', task, few, { variant: 'step' }),
    ];
  },
};
