/** Schedules, beside a loop of BullMQ's own `upsertJobScheduler`. */
import type { Sample } from '../../side.js';
import type { Subject } from '../../subject.js';
import { count, megabytes } from '../../table.js';

const SCHEDULES = 10_000;
const CHECKPOINTS = [10_000, 30_000, 100_000];
const QUICK_CHECKPOINTS = [5_000, 20_000];

/** Keys are remembered by eight bytes each; anything more would show. Bytes. */
const ALLOWED_GROWTH = 8 * 2 ** 20;

export const schedules: Subject = {
  name: 'schedules',
  about: 'reconciling 10,000 schedules, beside a loop of upsertJobScheduler; memory to 100,000',
  async run(bench) {
    const known = { kind: 'schedule', jobs: SCHEDULES, inFlight: 1, isKnown: true } as const;
    const fresh = { ...known, isKnown: false };
    const rows = [
      await bench.compare(`${count(SCHEDULES)} unchanged schedules`, known, bench.size(9, 3), { goal: 20 }),
      await bench.compare(`${count(SCHEDULES)} new schedules`, fresh, bench.size(9, 3), { goal: 1.6 }),
      await bench.compare('new, plain with 500 in flight', { ...fresh, inFlight: 500 }, bench.size(9, 3)),
    ];
    await bench.flush();
    bench.say('memory of schedules');
    const seen: Sample[] = [];
    const side = await bench.open('jobs');
    const checkpoints = bench.quick ? QUICK_CHECKPOINTS : CHECKPOINTS;
    await side.run({ kind: 'schedule-memory', checkpoints }, (sample) => seen.push(sample));
    await bench.close();
    await bench.flush();
    const [first, last] = [seen[0]?.heap ?? 0, seen.at(-1)?.heap ?? 0];
    if (last - first > ALLOWED_GROWTH) {
      throw new Error(
        `The heap grew from ${megabytes(first)} to ${megabytes(last)} MB: something is kept of each schedule`,
      );
    }
    return [
      ...rows,
      ...seen.map(({ jobs, heap = 0, resident = 0 }) => ({
        subject: `reconcile ${count(jobs)} schedules`,
        jobs: `largest heap ${megabytes(heap)} MB, resident ${megabytes(resident)} MB`,
        ...(jobs === seen.at(-1)?.jobs ? { goal: 'flat' } : {}),
      })),
    ];
  },
};
