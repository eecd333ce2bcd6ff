/** Two sides do the same task in turns: A B B A A B B A …, so that what changes with time changes for both. */
import type { Contestant } from './contestant.js';
import type { Sample, Task } from './side.js';
import { quantile, type Spread, spread } from './statistics.js';

/** The figures of one side over all rounds. */
export interface Figures {
  /** Jobs a second. */
  readonly speed: Spread;
  /** µs of the Node process a job. */
  readonly cpu: number;
}

export interface Comparison {
  readonly jobs: Figures;
  readonly plain: Figures;
  /** Of the speeds of each pair of rounds: the library's by plain BullMQ's. */
  readonly ratio: number;
  /** Half of the pairs are within it. */
  readonly middleHalf: readonly [number, number];
}

/** What rounds need around them. */
export interface Arena {
  /** Empties the store. */
  readonly clean: () => Promise<unknown>;
  readonly rounds: number;
}

/** Compiled and settled: rounds that count for nothing. */
const WARM_UP = 2;

export async function compare(jobs: Contestant, plain: Contestant, task: Task, arena: Arena): Promise<Comparison> {
  const pairs: { jobs: Sample; plain: Sample }[] = [];
  const run = async (side: Contestant) => {
    await arena.clean();
    return await side.run(task);
  };
  for (let round = -WARM_UP; round < arena.rounds; round++) {
    const first = round % 2 === 0 ? jobs : plain;
    const one = await run(first);
    const other = await run(first === jobs ? plain : jobs);
    if (round >= 0) pairs.push(first === jobs ? { jobs: one, plain: other } : { jobs: other, plain: one });
  }
  await arena.clean();
  const ratios = pairs.map((pair) => speedOf(pair.jobs) / speedOf(pair.plain));
  return {
    jobs: figures(pairs.map((pair) => pair.jobs)),
    plain: figures(pairs.map((pair) => pair.plain)),
    ratio: quantile(ratios, 0.5),
    middleHalf: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  };
}

/** One side alone, for what plain BullMQ has no counterpart to. */
export async function measure(side: Contestant, task: Task, arena: Arena): Promise<Figures> {
  const samples: Sample[] = [];
  for (let round = -1; round < arena.rounds; round++) {
    await arena.clean();
    const sample = await side.run(task);
    if (round >= 0) samples.push(sample);
  }
  await arena.clean();
  return figures(samples);
}

export function speedOf({ jobs, ms }: Sample): number {
  return (jobs / ms) * 1_000;
}

function figures(samples: readonly Sample[]): Figures {
  return {
    speed: spread(samples.map(speedOf)),
    cpu:
      quantile(
        samples.map(({ cpu, jobs }) => cpu / jobs),
        0.5,
      ) * 1_000,
  };
}
