/**
 * Keeps two processes from opening one folder: PGlite knows no other process, and both would destroy it.
 *
 * Node has no locks of the system that end with their process, so a lock that is left behind must be taken over, by one
 * of many who may find it at once. Therefore no lock is ever replaced: each has the next number, the highest one counts,
 * and a file of that name is made or refused in one step. It stays when it is given back, empty.
 *
 * An owner that can't be seen from here (in another container, on another machine) is judged by its heartbeat alone.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, truncateSync } from 'node:fs';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedLockedError } from '../../errors.js';
import { canHaveGuests } from './guest.js';
import { firstBeat, Heartbeat, type HeartbeatText } from './heartbeat.js';
import { describeOwner, lifeOf, type Owner, parseOwner, thisProcess } from './owner.js';

const LOCK_FILE = 'process.lock';
const PREFIX = `${LOCK_FILE}.`;

export interface LockTimings {
  /** How often the owner writes its heartbeat. ms */
  readonly interval: number;
  /** An owner that can't be seen is taken for dead when its heartbeat has not changed for so long. ms */
  readonly patience: number;
}

const TIMINGS: LockTimings = { interval: 2_000, patience: 15_000 };

const BY_COMMAND = ' or, on the same machine, by `bizinsights-jobs status`';

/** Looks at a heartbeat within `patience`. A look that comes late counts once: both may have been stopped together. */
const LOOKS = 60;

export interface FolderLock {
  /** Throws unless the folder is still this process's: see `Heartbeat.check`. */
  check(): void;
  readonly isLost: boolean;
  /** Gives the folder to others. */
  release(): void;
}

/**
 * Takes the folder for this process, until it is released or the process ends, however it ends.
 *
 * @throws {EmbeddedLockedError} naming the process that has it
 */
export async function lockFolder(dir: string, timings: LockTimings = TIMINGS): Promise<FolderLock> {
  const me = await thisProcess();
  const text = textOf(me);
  const draft = join(dir, `${PREFIX}${randomUUID()}`);
  await writeFile(draft, firstBeat(text));
  let number: number;
  try {
    number = await takeNext(dir, draft, me, timings);
  } finally {
    await rm(draft, { force: true });
  }
  const file = fileOf(dir, number);
  const options = { dir, prefix: PREFIX, number, text, interval: timings.interval };
  const heartbeat = await Heartbeat.start(options).catch((error: unknown) => {
    giveBack(file, text);
    throw error;
  });
  let isReleased = false;
  const release = () => {
    if (isReleased) return;
    isReleased = true;
    process.off('exit', release);
    heartbeat.stop();
    giveBack(file, text);
  };
  process.once('exit', release);
  return {
    check: () => heartbeat.check(),
    get isLost() {
      return heartbeat.isLost;
    },
    release,
  };
}

/** The key is this lock's alone: a later one of the same process, in a folder that was made anew, is another one. */
function textOf(me: Owner): HeartbeatText {
  const [before, after] = JSON.stringify({ key: randomUUID(), ...me, beat: '' }).split(/(?<="beat":")/);
  return { before: before ?? '', after: after ?? '' };
}

/** Does nothing to a lock that has become another one's, or is gone with its folder. */
function giveBack(file: string, { before }: HeartbeatText): void {
  try {
    if (readFileSync(file, 'utf8').startsWith(before)) truncateSync(file);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/** Answers the number of the lock that was taken. */
async function takeNext(
  dir: string,
  draft: string,
  me: Awaited<ReturnType<typeof thisProcess>>,
  { patience }: LockTimings,
): Promise<number> {
  const lockedBy = (owner: Owner) =>
    new EmbeddedLockedError(
      `The embedded store in ${dir} is in use by process ${describeOwner(owner, me.place)}. One process at a time can ` +
        'use it: stop that one, let the worker run in the same process, or use Redis or PostgreSQL for several processes. ' +
        `To see its jobs, ask that process: by its monitoring API${canHaveGuests(dir) ? BY_COMMAND : ''}.`,
    );
  for (;;) {
    const [last = 0, ...older] = await numbers(dir);
    const text = (await read(fileOf(dir, last))) ?? '';
    const owner = parseOwner(text);
    const life = owner ? await lifeOf(owner, me.place) : 'dead';
    if (owner && life === 'alive') throw lockedBy(owner);
    if (owner && life === 'unknown' && !(await isSilent(fileOf(dir, last), text, patience))) {
      const next = parseOwner((await read(fileOf(dir, last))) ?? '');
      if (next) throw lockedBy(next);
      // Given back meanwhile.
      continue;
    }
    const number = last + 1;
    const file = fileOf(dir, number);
    if (!(await tryLink(draft, file))) continue;
    // Its owner may have come back to life: it looks for us after each heartbeat, and so one of both finds the other.
    const isBack = owner !== undefined && life === 'unknown' && (await read(fileOf(dir, last))) !== text;
    // The last one of a moment ago may be history: then its successor's name was free again, and is no lock.
    if (!isBack && Math.max(...(await numbers(dir))) === number) {
      for (const one of older) await rm(fileOf(dir, one), { force: true });
      return number;
    }
    await rm(file, { force: true });
  }
}

/** Watches a heartbeat. False as soon as it changes. */
async function isSilent(file: string, text: string, patience: number): Promise<boolean> {
  for (let looks = 0; looks < LOOKS; looks++) {
    await sleep(patience / LOOKS);
    if ((await read(file)) !== text) return false;
  }
  return true;
}

function fileOf(dir: string, number: number): string {
  return join(dir, `${PREFIX}${number}`);
}

/** Of all locks that are there, the last one first. */
async function numbers(dir: string): Promise<number[]> {
  const names = await readdir(dir);
  return names
    .flatMap((name) => (name.startsWith(PREFIX) ? [Number(name.slice(PREFIX.length))] : []))
    .filter(Number.isInteger)
    .sort((a, b) => b - a);
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
