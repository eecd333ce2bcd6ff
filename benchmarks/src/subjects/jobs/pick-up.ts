import { quantile } from '../../statistics.js';
import type { Subject } from '../../subject.js';

export const pickUp: Subject = {
  name: 'pick-up',
  about: 'the time from add to the processor, on an idle worker',
  async run(bench) {
    const rounds = bench.size(8, 2);
    // In turns, as all comparisons, though one job at a time leaves the machine idle.
    const task = { kind: 'pick-up', jobs: 100 } as const;
    bench.say(`idle pick-up: ${rounds} rounds of ${task.jobs} jobs of each side`);
    const sides = [
      { side: await bench.open('jobs'), latencies: [] as number[] },
      { side: await bench.open('plain'), latencies: [] as number[] },
    ];
    for (let round = 0; round < rounds; round++) {
      for (const { side, latencies } of round % 2 === 0 ? sides : [...sides].reverse()) {
        await bench.flush();
        latencies.push(...((await side.run(task)).latencies ?? []));
      }
    }
    await bench.close();
    const text = (latencies: readonly number[]) => {
      const [median, p99, max] = [0.5, 0.99, 1].map((share) => quantile(latencies, share).toFixed(1));
      return `${p99} ms (median ${median}, longest ${max})`;
    };
    const [jobs = '', plain = ''] = sides.map(({ latencies }) => text(latencies));
    return [{ subject: 'idle pick-up, p99', jobs, plain, goal: 'under 10 ms' }];
  },
};
