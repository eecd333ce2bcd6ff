/** One run: servers, producers and workers under one fault, and what the ledger says of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { Crew } from './crew.js';
import { monotonicNow } from './entries.js';
import type { Fault, FaultTools } from './faults.js';
import { type Findings, judge, Ledger } from './ledger.js';
import type { Program } from './program.js';
import { TICKS, tickQueue, workQueue } from './queues.js';
import { createRandom } from './random.js';
import type { Servers } from './servers.js';
import { PatienceError, until } from './until.js';

export interface ScenarioOptions {
  readonly servers: Servers;
  readonly program: Program;
  readonly seed: number;
  /** How long faults come one after the other, ms; 0 for one of them. */
  readonly duration: number;
}

/** What became of a run. */
export interface Outcome extends Findings {
  readonly fault: Fault;
  /** Jobs that waited, ran or were delayed when patience was over. */
  readonly stuck: number;
  /** Jobs that failed for good, each with its reason. */
  readonly failed: readonly string[];
  /** How many times the fault was brought about. */
  readonly injected: number;
  /** The most slots of a schedule that were missed in a row before the first fault. */
  readonly holeBefore: number;
  /** What did not come while it was waited for. */
  readonly overdue: readonly string[];
  readonly lockDuration: number;
  readonly stalledInterval: number;
  /** The last that the processes have logged, for whoever looks for the reason. */
  readonly logs: string;
}

/** Half the life of a lock is longer than a store is away: no worker that lives may lose one. ms */
const SHORT = { lockDuration: 12_000, stalledInterval: 1_000, outage: [2_000, 2_000], patience: 120_000 };
/** Where workers die, and their jobs wait for the end of their locks. ms */
const SHORT_LOCK = 6_000;
/** A worker as a host starts it. ms */
const LONG = { lockDuration: 30_000, stalledInterval: 5_000, outage: [1_000, 8_000], patience: 120_000 };

const WORKERS = 2;
/** So many jobs must have been acknowledged and done before a fault, and behind it. */
const STEADY = 25;

export async function runScenario(fault: Fault, options: ScenarioOptions): Promise<Outcome> {
  const { servers, program, seed, duration } = options;
  const isShort = duration === 0;
  const { outage, patience, ...byForm } = isShort ? SHORT : LONG;
  const [shortest = 0, longest = 0] = outage;
  const times = isShort && fault.killsWorkers ? { ...byForm, lockDuration: SHORT_LOCK } : byForm;
  const random = createRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), `soak-${fault.name}-`));
  const stage = await fault.open(servers);
  const prefix = `soak-${fault.name}`;
  const ledger = new Ledger(folder);
  const crew = new Crew({
    program,
    ledger,
    patience,
    settings: { url: stage.url, replicas: fault.replicas, prefix, folder, seed, ...times },
  });
  const jobs = createJobs({
    connection: stage.direct,
    prefix,
    queues: [workQueue, tickQueue],
    logger: silentLogger,
    environment: {},
  });
  const queue = jobs.queue(workQueue);
  const left = async () => {
    const { waiting, active, delayed } = await queue.counts();
    return waiting + active + delayed;
  };
  const tools: FaultTools = { crew, random, patience, outage: () => shortest + random() * (longest - shortest) };
  const overdue: string[] = [];
  let injected = 0;

  const works = (since: number) =>
    until('jobs are added and done, and schedules run', patience, () => isSteady(ledger, since));
  const injectOnce = async () => {
    injected += 1;
    crew.markFault(false);
    await stage.inject(tools);
    crew.markFault(true);
    await works(monotonicNow());
  };
  try {
    const producer = await crew.startProducer();
    await Promise.all(Array.from({ length: WORKERS }, () => crew.startWorker()));
    await works(0);
    const holeBefore = judge(ledger.entries()).longestHole;
    const end = performance.now() + duration;
    try {
      do {
        await injectOnce();
        if (!isShort) await sleep(1_000 + random() * 3_000);
      } while (performance.now() < end);
      await producer.stop();
      // Nobody adds any more: what is not done when nothing is left will never be.
      await until('no job waits, runs or is delayed', patience, async () => (await left()) === 0);
    } catch (error) {
      // What did not come is told beside what the ledger says.
      if (!(error instanceof PatienceError)) throw error;
      overdue.push(error.message);
      await producer.kill();
    }
    const { jobs: failed } = await queue.list({ state: 'failed', limit: 1_000 });
    return {
      fault,
      ...judge(ledger.entries()),
      stuck: await left(),
      failed: failed.map(({ data, failedReason }) => `${data.ref}: ${failedReason}`),
      injected,
      holeBefore,
      overdue,
      ...times,
      logs: crew.logs(),
    };
  } finally {
    await crew.close();
    await jobs.close();
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether enough has been acknowledged and done since a moment, and each schedule has run. */
function isSteady(ledger: Ledger, since: number): boolean {
  // In the order of the files: a job may be done before it is acknowledged.
  const lines = ledger.entries().filter(({ at }) => at > since);
  const acknowledged = new Set(lines.flatMap((line) => (line.kind === 'acknowledged' ? [line.ref] : [])));
  const done = lines.filter((line) => line.kind === 'done' && acknowledged.has(line.ref)).length;
  const ticks = new Set(
    lines.flatMap((line) => (line.kind === 'effect' && line.effect === 'tick' ? [keyOf(line.ref)] : [])),
  );
  return done >= STEADY && ticks.size === TICKS.length;
}

function keyOf(ref: string): string | undefined {
  return ref.split('@')[0];
}
