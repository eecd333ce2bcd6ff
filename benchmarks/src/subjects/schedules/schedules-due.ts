/** What a run of a schedule costs when many are due at once, beside a plain job and beside BullMQ's own job schedulers. */

import { speedOf } from '../../comparison.js';
import type { Contestant } from '../../contestant.js';
import type { Task } from '../../side.js';
import { quantile } from '../../statistics.js';
import type { Bench, Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';
import { BATCH, CONCURRENCY, IN_FLIGHT } from '../../workload.js';

const GOAL = 0.5;

/** One kind of work of one side, over all rounds. */
interface Course {
  /** Jobs a second. */
  readonly speeds: number[];
  /** µs a job of Redis, and of the Node process. */
  readonly redis: number[];
  readonly node: number[];
}

export const schedulesDue: Subject = {
  name: 'schedules-due',
  about: "1,000, 10,000 and 100,000 schedules due at once, beside plain jobs and BullMQ's job schedulers",
  async run(bench) {
    const rows: Row[] = [];
    for (const size of [1_000, 10_000, ...(bench.quick ? [] : [100_000])]) {
      const rounds = size > 10_000 ? 1 : bench.size(5, 2);
      bench.say(`${count(size)} schedules due at once: ${rounds} rounds`);
      rows.push(await measure(bench, size, rounds));
    }
    return rows;
  },
};

async function measure(bench: Bench, jobs: number, rounds: number): Promise<Row> {
  const [ours, plain] = [await bench.open('jobs'), await bench.open('plain')];
  const [due, added, theirs, theirAdded] = [newCourse(), newCourse(), newCourse(), newCourse()];
  const schedule: Task = { kind: 'schedule-due', jobs, inFlight: IN_FLIGHT };
  const add: Task = { kind: 'add-many', jobs, batch: BATCH };
  for (let round = 0; round < rounds; round++) {
    await bench.flush();
    await ours.run(schedule);
    // Not the first runs: what is kept of the run before is looked at. And not before all is compiled.
    await drain(bench, ours, jobs);
    await drain(bench, ours, jobs, due);
    await bench.flush();
    for (const course of [undefined, added]) {
      await ours.run(add);
      await drain(bench, ours, jobs, course);
    }
    await bench.flush();
    await plain.run(schedule);
    await drain(bench, plain, jobs);
    await drain(bench, plain, jobs, theirs);
    await bench.flush();
    for (const course of [undefined, theirAdded]) {
      await plain.run(add);
      await drain(bench, plain, jobs, course);
    }
  }
  await bench.close();
  await bench.flush();
  const shareOf = (course: Course) =>
    quantile(
      due.speeds.map((speed, round) => speed / (course.speeds[round] ?? 0)),
      0.5,
    ).toFixed(2);
  return {
    subject: `${count(jobs)} schedules due at once`,
    jobs: `${textOf(due)}; plain jobs ${textOf(added)}: ${shareOf(added)} of them`,
    plain: `${textOf(theirs)}; plain jobs ${textOf(theirAdded)}: we do ${shareOf(theirAdded)} of them`,
    ratio: shareOf(theirs),
    goal: `at least ${GOAL.toFixed(2)} of plain jobs`,
  };
}

function newCourse(): Course {
  return { speeds: [], redis: [], node: [] };
}

async function drain(bench: Bench, side: Contestant, jobs: number, course = newCourse()): Promise<void> {
  const before = await redisTime(bench);
  const sample = await side.run({ kind: 'drain', jobs, concurrency: CONCURRENCY });
  course.redis.push(((await redisTime(bench)) - before) / jobs);
  course.speeds.push(speedOf(sample));
  course.node.push((sample.cpu / jobs) * 1_000);
}

/** Processor time of Redis since its start, µs. */
async function redisTime(bench: Bench): Promise<number> {
  const info = await bench.redis.command('INFO', 'cpu');
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6;
}

function textOf({ speeds, redis, node }: Course): string {
  const [speed = 0, store = 0, own = 0] = [speeds, redis, node].map((values) => quantile(values, 0.5));
  return `${count(speed)}/s, ${own.toFixed(0)} µs, Redis ${store.toFixed(0)} µs`;
}
