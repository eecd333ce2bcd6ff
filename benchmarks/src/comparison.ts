/** Sides do the same task in turns: A B B A A B B A …, so that what changes with time changes for all. */
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
  readonly other: Figures;
  /** Of the speeds of each round: the library's by the other side's. */
  readonly ratio: number;
  /** Half of the rounds are within it. */
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

/** The library beside one other side. */
export async function compare(jobs: Contestant, other: Contestant, task: Task, arena: Arena): Promise<Comparison> {
  const [comparison] = await compareAll(jobs, [other], task, arena);
  if (!comparison) throw new Error('There was no other side');
  return comparison;
}

/** The library beside each of the others, in their order. */
export async function compareAll(
  jobs: Contestant,
  others: readonly Contestant[],
  task: Task,
  arena: Arena,
): Promise<Comparison[]> {
  const sides = [jobs, ...others];
  const rounds: Map<Contestant, Sample>[] = [];
  for (let round = -WARM_UP; round < arena.rounds; round++) {
    const samples = new Map<Contestant, Sample>();
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      await arena.clean();
      samples.set(side, await side.run(task));
    }
    if (round >= 0) rounds.push(samples);
  }
  await arena.clean();
  const samplesOf = (side: Contestant) => rounds.flatMap((samples) => samples.get(side) ?? []);
  const ours = samplesOf(jobs);
  return others.map((side) => {
    const theirs = samplesOf(side);
    const ratios = ours.flatMap((sample, round) => {
      const other = theirs[round];
      return other ? [speedOf(sample) / speedOf(other)] : [];
    });
    return {
      jobs: figures(ours),
      other: figures(theirs),
      ratio: quantile(ratios, 0.5),
      middleHalf: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    };
  });
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
