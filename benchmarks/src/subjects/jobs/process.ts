import type { Subject } from '../../subject.js';
import { CONCURRENCY } from '../../workload.js';

export const processing: Subject = {
  name: 'process',
  about: 'running jobs with context, events and validation',
  async run(bench) {
    const task = { kind: 'process', jobs: 10_000, concurrency: CONCURRENCY } as const;
    const few = bench.size(8, 2);
    const rows = [];
    for (const concurrency of [1, 5, 10, 20]) {
      const jobs = concurrency === 1 ? 3_000 : 10_000;
      const some = { kind: 'process', jobs, concurrency } as const;
      rows.push(await bench.compare(`process, concurrency ${concurrency}`, some, bench.size(16, 4), { goal: 1 }));
    }
    return [
      ...rows,
      await bench.compare(`process, concurrency ${CONCURRENCY}`, task, bench.size(40, 8), { goal: 1.1 }),
      await bench.compare('process, rate limited by tenant', task, few, { variant: 'rate-limited' }),
      await bench.compare('process, one step() a job', task, few, { variant: 'step' }),
    ];
  },
};
