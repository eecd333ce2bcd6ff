/**
 * The heartbeat of a lock: a number in its file that grows for as long as its process lives.
 *
 * It is written by a thread of its own, so that a process whose event loop stands still for long keeps its lock. A
 * process that was stopped as a whole (SIGSTOP, a paused machine) finds out before its next write to the store: `check`
 * has the thread write and look first when the last heartbeat is old.
 */
import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { EmbeddedLockedError, EngineUnavailableError } from '../../errors.js';

/** After this long without a heartbeat the lock is looked at before anything else is done. Far below `patience`. ms */
const FRESH = 6_000;

/** What the thread gets for a heartbeat that it is asked for. ms */
const ANSWER_LIMIT = 5_000;

/** Digits of the number, so that the file never changes its length: it is overwritten in place, in one write. */
const DIGITS = 15;

/** Places in the memory that is shared with the thread. */
const AT = { state: 0, asked: 1, answered: 2, stopped: 3 } as const;
const STATE = { held: 0, unwritable: 1, lost: 2, ended: 3 } as const;

/** The real ones, also while a host's tests have others in their place. */
const { now } = Date;
const { bigint: monotonic } = process.hrtime;

export interface HeartbeatOptions {
  readonly dir: string;
  /** Names of locks are `<prefix><number>`; the one with the highest number counts. */
  readonly prefix: string;
  readonly number: number;
  /** The file's text around the number of the heartbeat. `before` has to be of this lock alone. */
  readonly text: HeartbeatText;
  /** ms */
  readonly interval: number;
}

export interface HeartbeatText {
  readonly before: string;
  readonly after: string;
}

/** The file's text when the lock is taken. */
export function firstBeat({ before, after }: HeartbeatText): string {
  return before + '0'.repeat(DIGITS) + after;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #flags = new Int32Array(new SharedArrayBuffer(16));
  /** When the last heartbeat was begun: by the monotonic clock in ns, and by the wall clock in ms. */
  readonly #times = new BigInt64Array(new SharedArrayBuffer(16));
  /** Brings the reasons why the store can't be used, each before the state that it is of. */
  readonly #reasons = new MessageChannel();
  #reason = '';

  private constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#times.set([monotonic(), BigInt(now())]);
  }

  /** Resolves when the thread runs. */
  static async start(options: HeartbeatOptions): Promise<Heartbeat> {
    const heartbeat = new Heartbeat(options);
    await heartbeat.#start();
    return heartbeat;
  }

  async #start(): Promise<void> {
    const { port1: reasons, port2: told } = this.#reasons;
    const thread = new Worker(THREAD, {
      eval: true,
      workerData: { ...this.#options, flags: this.#flags, times: this.#times, reasons: told, AT, STATE, DIGITS },
      transferList: [told],
      // Nothing that the host loads into its own threads.
      execArgv: [],
      env: {},
    });
    // Its first message says that it runs.
    await once(thread, 'message');
    reasons.on('message', (reason: string) => this.#warn(reason));
    thread.on('error', (error) => this.#warn(`its heartbeat has failed: ${error.message}`));
    thread.on('exit', () => {
      // Only when the lock is given back does it end by itself.
      Atomics.compareExchange(this.#flags, AT.state, STATE.held, STATE.ended);
    });
    // After the listeners, which hold the process back.
    thread.unref();
    reasons.unref();
  }

  /** Whether the lock is another one's now: nothing may be written to the store any more. */
  get isLost(): boolean {
    return this.#state === STATE.lost;
  }

  /**
   * Called before each use of the store.
   *
   * @throws {EmbeddedLockedError} when another process has taken the lock over, or its file is gone: for good
   * @throws {EngineUnavailableError} while the heartbeat can't be written
   */
  check(): void {
    if (this.#state === STATE.held && this.#age() < FRESH) return;
    if (this.#state === STATE.held || this.#state === STATE.unwritable) {
      if (this.#ask() && this.#state === STATE.held) return;
    }
    this.#hear();
    const { dir } = this.#options;
    if (this.isLost) {
      throw new EmbeddedLockedError(
        `The embedded store in ${dir} is not this process's any more (${this.#reason || 'another process has it'}): ` +
          'nothing is written to it any more. Restart this process.',
      );
    }
    throw new EngineUnavailableError(
      `The embedded store in ${dir} can't be used: ${this.#reason || 'its lock has no heartbeat'}`,
    );
  }

  /** Writes no heartbeat any more. Waits for one that is being written. */
  stop(): void {
    if (this.#state === STATE.ended) return;
    Atomics.store(this.#flags, AT.stopped, 1);
    this.#ask();
  }

  get #state(): number {
    return Atomics.load(this.#flags, AT.state);
  }

  /** By the clock that has moved more: a machine that sleeps may stop either of them. ms */
  #age(): number {
    const [beatAt = 0n, beatAtWall = 0n] = this.#times;
    return Math.max(Number(monotonic() - beatAt) / 1e6, Math.abs(now() - Number(beatAtWall)));
  }

  /** Has the thread do what is due now, and waits for it. False when it does not answer. */
  #ask(): boolean {
    const wanted = Atomics.add(this.#flags, AT.asked, 1) + 1;
    Atomics.notify(this.#flags, AT.asked);
    for (;;) {
      const answered = Atomics.load(this.#flags, AT.answered);
      if (answered === wanted) return true;
      if (Atomics.wait(this.#flags, AT.answered, answered, ANSWER_LIMIT) === 'timed-out') return false;
    }
  }

  /** Takes the reasons that the event loop has not brought yet. */
  #hear(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#reasons.port1);
      if (!received) return;
      this.#warn(String(received.message));
    }
  }

  /** Whoever uses the store hears of it as an error. This is for those who look for the reason. */
  #warn(reason: string): void {
    this.#reason = reason;
    process.emitWarning(`The embedded store in ${this.#options.dir} can't be used: ${reason}`);
  }
}

/** A text and no file, as a bundle of a host has no place for a second file. CommonJS. */
const THREAD = `
const { closeSync, openSync, readdirSync, readFileSync, writeSync } = require('node:fs');
const { join } = require('node:path');
const { parentPort, workerData } = require('node:worker_threads');
const { dir, prefix, number, text, interval, flags, times, reasons, AT, STATE, DIGITS } = workerData;
const file = join(dir, prefix + number);
let beats = 0;
let told = '';
parentPort.postMessage('ready');

function become(state, reason) {
  // The reason first: who sees the state looks for it.
  if (reason !== told && reason !== '') reasons.postMessage(reason);
  told = reason;
  Atomics.store(flags, AT.state, state);
}

function beat() {
  // Taken first: a process that is stopped within the heartbeat has an old one afterwards.
  const begun = [process.hrtime.bigint(), BigInt(Date.now())];
  try {
    const opened = openSync(file, 'r+');
    try {
      if (!readFileSync(opened, 'utf8').startsWith(text.before)) return become(STATE.lost, 'its lock file is of another');
      beats += 1;
      writeSync(opened, text.before + String(beats).padStart(DIGITS, '0') + text.after, 0);
    } finally {
      closeSync(opened);
    }
    // After the write: whoever takes a lock over looks at the heartbeat again after that, so that one of both finds the other.
    const numbers = readdirSync(dir).map((name) => (name.startsWith(prefix) ? Number(name.slice(prefix.length)) : 0));
    if (numbers.some((one) => one > number)) return become(STATE.lost, 'another process has taken it over');
    times.set(begun);
    become(STATE.held, '');
  } catch (error) {
    if (error.code === 'ENOENT') become(STATE.lost, 'its lock file is gone');
    else become(STATE.unwritable, 'the heartbeat of its lock fails: ' + error.message);
  }
}

for (let asked = 0; ; ) {
  Atomics.wait(flags, AT.asked, asked, interval);
  asked = Atomics.load(flags, AT.asked);
  const isStopped = Atomics.load(flags, AT.stopped) === 1;
  if (!isStopped && Atomics.load(flags, AT.state) !== STATE.lost) beat();
  Atomics.store(flags, AT.answered, asked);
  Atomics.notify(flags, AT.answered);
  if (isStopped) break;
}
`;
