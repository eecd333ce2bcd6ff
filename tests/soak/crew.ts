/** The processes of a run: its producers, and its workers, which faults kill, replace and mislead. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { openEntries } from './entries.js';
import type { Ledger } from './ledger.js';
import type { Program } from './program.js';
import { PLANNED_FAILURE, type ProcessSettings } from './queues.js';
import { until } from './until.js';

/** A process of a run. */
export interface Member {
  readonly name: string;
  /** Whether it has not ended. */
  alive(): boolean;
  /** SIGKILL, and waits for its end. What it was at is written down as cut off. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for its end, as long as that takes; after `patience` ms it is an error. */
  stop(patience?: number): Promise<void>;
}

export interface CrewOptions {
  readonly program: Program;
  readonly ledger: Ledger;
  /** Of all its processes; each gets its own name and seed. */
  readonly settings: Omit<ProcessSettings, 'name'>;
  readonly patience: number;
}

/** How many lines of a log are shown where something went wrong. */
const SHOWN_LINES = 15;
const SHOWN_LENGTH = 300;

/** pino's numbers. */
const LEVELS: Readonly<Record<number, string>> = { 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** The parts of a line of pino that are shown. */
const LogLine = z.looseObject({
  time: z.number(),
  level: z.number(),
  msg: z.string().default(''),
  job: z.string().optional(),
  err: z.object({ message: z.string(), code: z.string().optional() }).optional(),
});

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Crew {
  readonly #options: CrewOptions;
  readonly #members: Member[] = [];
  readonly #workers: Member[] = [];
  readonly #write;
  #count = 0;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#write = openEntries(options.settings.folder, 'crew');
  }

  /** The workers that live, oldest first. */
  get workers(): Member[] {
    return this.#workers.filter((worker) => worker.alive());
  }

  /** Starts a producer, and waits until it calls. */
  async startProducer(): Promise<Member> {
    const producer = this.#start('producer', this.#options.program.producer);
    await this.#ready(producer);
    return producer;
  }

  /** Starts a worker, and waits until it takes jobs. */
  async startWorker(): Promise<Member> {
    const worker = this.#start('worker', this.#options.program.worker);
    this.#workers.push(worker);
    await this.#ready(worker);
    return worker;
  }

  /** Starts a worker whose clock is so many ms ahead. It may refuse to work, and end: then it does no harm. */
  async startMisled(clock: number): Promise<Member> {
    const { worker, wrongClock } = this.#options.program;
    const preload = ['--import', pathToFileURL(wrongClock).href];
    const misled = this.#start('misled', worker, preload, { SOAK_CLOCK: String(clock) });
    await until(
      `${misled.name} works or refuses to`,
      this.#options.patience,
      () => !misled.alive() || this.#isReady(misled),
    );
    return misled;
  }

  /** Writes down that a fault begins, or is over. */
  markFault(isOver: boolean): void {
    this.#write({ kind: 'fault', isOver });
  }

  /** Ends all that still runs. */
  async close(): Promise<void> {
    await Promise.all(this.#members.filter((member) => member.alive()).map((member) => member.kill()));
  }

  /** The last lines that each process has logged, without those of attempts that fail by intent. */
  logs(): string {
    return this.#members
      .map(({ name }) => {
        const lines = readFileSync(this.#logOf(name), 'utf8').trimEnd().split('\n');
        const shown = lines.filter((line) => !line.includes(PLANNED_FAILURE)).slice(-SHOWN_LINES);
        return `${name}:\n${shown.map((line) => `  ${shorten(line)}`).join('\n')}`;
      })
      .join('\n');
  }

  #logOf(name: string): string {
    return join(this.#options.settings.folder, `${name}.log`);
  }

  #start(role: string, file: string, flags: readonly string[] = [], env: Record<string, string> = {}): Member {
    this.#count += 1;
    const name = `${role}${this.#count}`;
    const settings: ProcessSettings = {
      ...this.#options.settings,
      name,
      seed: this.#options.settings.seed + this.#count,
    };
    // VITEST and NODE_ENV would tell the child that it is a test.
    const { VITEST: _vitest, NODE_ENV: _environment, ...inherited } = process.env;
    const log = openSync(this.#logOf(name), 'a');
    const child = spawn(process.execPath, [...flags, file], {
      env: { ...inherited, ...env, SOAK: JSON.stringify(settings) },
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    running.add(child);
    const ended = once(child, 'exit').then(() => running.delete(child));
    const alive = () => child.exitCode === null && child.signalCode === null;
    const member: Member = {
      name,
      alive,
      kill: async () => {
        if (!alive()) return;
        child.kill('SIGKILL');
        await ended;
        this.#write({ kind: 'killed', victim: name });
      },
      stop: async (patience = this.#options.patience) => {
        if (!alive()) return;
        child.kill('SIGTERM');
        await until(`${name} ends after SIGTERM`, patience, () => !alive());
      },
    };
    this.#members.push(member);
    return member;
  }

  async #ready(member: Member): Promise<void> {
    await until(`${member.name} is ready`, this.#options.patience, () => {
      if (!member.alive()) throw new Error(`${member.name} has ended at its start:\n${this.logs()}`);
      return this.#isReady(member);
    });
  }

  #isReady({ name }: Member): boolean {
    return this.#options.ledger.entries().some((entry) => entry.kind === 'ready' && entry.process === name);
  }
}

/** A line of a log without what is the same in each, and without stacks. What is no line of pino stays as it is. */
function shorten(line: string): string {
  try {
    const { time, level, msg, job, err } = LogLine.parse(JSON.parse(line));
    const told = [`${(time / 1_000).toFixed(3)}`, LEVELS[level] ?? level, job, msg, err?.code, err?.message];
    return told.filter(Boolean).join(' ').slice(0, SHOWN_LENGTH);
  } catch {
    return line.slice(0, SHOWN_LENGTH);
  }
}
