/** What one subject of the benchmark is given, and what it answers. */
import type { RedisServer } from '@bizinsights/test-servers';
import { type Comparison, compare, type Figures, measure } from './comparison.js';
import { Contestant } from './contestant.js';
import type { SideName, SideOptions, Task } from './side.js';
import { count, type Row } from './table.js';

/** Options of single subjects. */
export interface SubjectOptions {
  readonly markdown: boolean;
  /** Folder of the labelled series for `insights-nab`. */
  readonly nab: string;
  /** For the detector in `insights-nab`, instead of the best one. */
  readonly threshold?: number;
  /** The first and the last seed of the shops of `insights-truth`. Default: 1 to 20, quick 1 to 3. */
  readonly seeds?: readonly [first: number, last: number];
  /** Of `insights-truth`: only the one run at the end, or only those of each week. */
  readonly period?: '1y' | '30d';
  /** `insights-truth` also lists what was missed, and what was told wrongly. */
  readonly list: boolean;
}

export interface Subject {
  readonly name: string;
  /** For `--help`. */
  readonly about: string;
  run(bench: Bench): Promise<Row[]>;
}

/** Opens sides, lets them run, and closes them. */
export class Bench {
  readonly #open = new Set<Contestant>();
  /** Tables of subjects whose results are no sides beside each other. */
  readonly tables: string[] = [];

  constructor(
    readonly redis: RedisServer,
    readonly quick: boolean,
    readonly program: string,
    readonly say: (line: string) => void,
    readonly options: SubjectOptions,
  ) {}

  /** `full` in a normal run, `quick` in a quick one. */
  size(full: number, quick: number): number {
    return this.quick ? quick : full;
  }

  /** @param by another program than that of the library and plain BullMQ, and another Node that runs it */
  async open(
    name: SideName,
    options: Partial<SideOptions> = {},
    by: { program?: string; node?: string } = {},
  ): Promise<Contestant> {
    const all = { variant: 'basic', url: this.redis.url, ...options, name } as const;
    const side = await Contestant.open(by.program ?? this.program, all, by.node);
    this.#open.add(side);
    return side;
  }

  /** The Redis is this run's own: emptied as a whole, nothing of a round is left to the next one. */
  async flush(): Promise<void> {
    const answer = await this.redis.command('FLUSHALL', 'SYNC');
    if (!answer.startsWith('+OK')) throw new Error(`Redis did not flush: ${answer}`);
  }

  /** Both sides in turns, as a row of the table. */
  async compare(
    subject: string,
    task: Task,
    rounds: number,
    options: { variant?: SideOptions['variant']; goal?: number } = {},
  ): Promise<Row> {
    this.say(`${subject}: ${rounds} rounds of each side`);
    const jobs = await this.open('jobs', { variant: options.variant ?? 'basic' });
    const plain = await this.open('plain');
    const result = await compare(jobs, plain, task, { clean: () => this.flush(), rounds });
    await this.close();
    return toRow(subject, result, options.goal);
  }

  /** The library alone on another store, whose jobs are removed by itself. */
  async measure(subject: string, side: Contestant, task: Task, rounds: number): Promise<Row> {
    this.say(`${subject}: ${rounds} rounds`);
    const { speed, cpu } = await measure(side, task, { clean: () => side.run({ kind: 'clean' }), rounds });
    return { subject, jobs: speedText({ speed, cpu }) };
  }

  async close(): Promise<void> {
    const sides = [...this.#open];
    this.#open.clear();
    await Promise.all(sides.map((side) => side.close()));
  }
}

/** @param name of the other side, where it is not plain BullMQ */
export function toRow(
  subject: string,
  { jobs, other, ratio, middleHalf }: Comparison,
  goal: number | undefined,
  name?: string,
): Row {
  const [low, high] = middleHalf.map((value) => value.toFixed(2));
  return {
    subject,
    jobs: speedText(jobs),
    plain: (name === undefined ? '' : `${name}: `) + speedText(other),
    ratio: `${ratio.toFixed(2)} (${low} to ${high})`,
    ...(goal === undefined ? {} : { goal: `at least ${goal.toFixed(2)}` }),
  };
}

function speedText({ speed: { min, median, max }, cpu }: Figures): string {
  return `${count(median)}/s (${count(min)} to ${count(max)}), ${cpu.toFixed(1)} µs`;
}
