/** The library beside other libraries, all on one store and with the same data: README.md says what each promises. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { compareAll } from './comparison.js';
import type { Contestant } from './contestant.js';
import type { Task } from './side.js';
import { type Bench, toRow } from './subject.js';
import { count, type Row } from './table.js';
import { BATCH } from './workload.js';

/** Another library's side, and what ours is to reach of its speed. */
export interface Peer {
  readonly name: string;
  readonly side: Contestant;
  readonly goal?: number;
}

/** What each is asked to do. */
export interface PeerTask {
  readonly subject: string;
  readonly task: Task;
  readonly rounds: number;
}

/** How many jobs each task has. */
export interface PeerSizes {
  readonly oneByOne: number;
  readonly inFlight: number;
  readonly bulk: number;
  readonly processed: readonly [one: number, more: number];
}

const CONCURRENCIES = [1, 10, 50] as const;

export function addingTasks(sizes: PeerSizes, rounds: number): PeerTask[] {
  return [
    { subject: 'add, one by one', task: { kind: 'add', jobs: sizes.oneByOne, inFlight: 1 }, rounds },
    { subject: 'add, 100 in flight', task: { kind: 'add', jobs: sizes.inFlight, inFlight: 100 }, rounds },
    {
      subject: `add, ${count(BATCH)} at a time`,
      task: { kind: 'add-many', jobs: sizes.bulk, batch: BATCH },
      rounds,
    },
  ];
}

export function processingTasks({ processed: [one, more] }: PeerSizes, rounds: number): PeerTask[] {
  return CONCURRENCIES.map((concurrency) => ({
    subject: `process, concurrency ${concurrency}`,
    task: { kind: 'process', jobs: concurrency === 1 ? one : more, concurrency },
    rounds,
  }));
}

/** One row for each task and peer. The sides take turns within each round. */
export async function comparePeers(
  bench: Bench,
  {
    jobs,
    peers,
    tasks,
    clean,
  }: {
    readonly jobs: Contestant;
    readonly peers: readonly Peer[];
    readonly tasks: readonly PeerTask[];
    /** Empties the store. */
    readonly clean: () => Promise<unknown>;
  },
): Promise<Row[]> {
  const rows: Row[] = [];
  const sides = peers.map(({ side }) => side);
  for (const { subject, task, rounds } of tasks) {
    bench.say(`${subject}, beside ${peers.map(({ name }) => name).join(' and ')}: ${rounds} rounds of each`);
    const results = await compareAll(jobs, sides, task, { clean, rounds });
    for (const [index, { name, goal }] of peers.entries()) {
      const result = results[index];
      if (result) rows.push(toRow(subject, result, goal, name));
    }
  }
  return rows;
}

/** The path of another major of Node, which the npm package `node` downloads once. */
export async function nodeOf(major: number): Promise<string> {
  const print = ['--print', 'process.execPath'];
  const { stdout } = await promisify(execFile)('npx', ['--yes', `node@${major}`, ...print]);
  return stdout.trim();
}
