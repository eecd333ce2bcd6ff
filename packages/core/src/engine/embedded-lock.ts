/**
 * Keeps two processes from opening one folder: PGlite knows no other process, and both would destroy it.
 *
 * Node has no locks of the system that end with their process, so a lock that is left behind must be taken over, by one
 * of many who may find it at once. Therefore no lock is ever replaced: each has the next number, the highest one counts,
 * and a file of that name is made or refused in one step. It stays when it is given back, empty.
 */
import { randomUUID } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { link, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EmbeddedLockedError } from '../errors.js';

const LOCK_FILE = 'process.lock';

const ownerSchema = z.object({ pid: z.number().int(), started: z.string() });

/** Whose the folder is. `started` tells a process from a later one that was given the same number. */
type Owner = z.infer<typeof ownerSchema>;

/**
 * Takes the folder for this process, until the answered function is called or the process ends, however it ends.
 *
 * @throws {EmbeddedLockedError} naming the process that has it
 */
export async function lockFolder(dir: string): Promise<() => Promise<void>> {
  const mine = JSON.stringify({ pid: process.pid, started: (await startOf(process.pid)) ?? '' } satisfies Owner);
  const draft = join(dir, `${LOCK_FILE}.${randomUUID()}`);
  await writeFile(draft, mine);
  try {
    const file = await takeNext(dir, draft);
    const onExit = () => {
      try {
        truncateSync(file);
      } catch {
        // Its process is gone in a moment, which frees it as well.
      }
    };
    process.once('exit', onExit);
    return async () => {
      if (!process.listeners('exit').includes(onExit)) return;
      process.off('exit', onExit);
      await truncate(file).catch((error: unknown) => {
        // Somebody has removed the whole folder: there is nothing to give back.
        if (!isCode(error, 'ENOENT')) throw error;
      });
    };
  } finally {
    await rm(draft, { force: true });
  }
}

async function takeNext(dir: string, draft: string): Promise<string> {
  for (;;) {
    const [last = 0, ...older] = await numbers(dir);
    const owner = parse((await read(fileOf(dir, last))) ?? '');
    if (owner && (await isAlive(owner))) throw lockedBy(dir, owner.pid);
    const file = fileOf(dir, last + 1);
    if (!(await tryLink(draft, file))) continue;
    // The last one of a moment ago may be history: then its successor's name was free again, and is no lock.
    if (Math.max(...(await numbers(dir))) === last + 1) {
      for (const number of older) await rm(fileOf(dir, number), { force: true });
      return file;
    }
    await rm(file, { force: true });
  }
}

function fileOf(dir: string, number: number): string {
  return join(dir, `${LOCK_FILE}.${number}`);
}

/** Of all locks that are there, the last one first. */
async function numbers(dir: string): Promise<number[]> {
  const names = await readdir(dir);
  return names
    .flatMap((name) => (name.startsWith(`${LOCK_FILE}.`) ? [Number(name.slice(LOCK_FILE.length + 1))] : []))
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

function parse(text: string): Owner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Given back, or not written by us: nobody's.
    return undefined;
  }
}

async function isAlive({ pid, started }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process lives as well.
    if (!isCode(error, 'EPERM')) return false;
  }
  const start = await startOf(pid);
  return start === undefined || start === started;
}

/** When a process was started, as far as the system tells: Linux does, in field 22 of `/proc/<pid>/stat` (proc(5)). */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await read(`/proc/${pid}/stat`).catch(() => undefined);
  // The second field is the program's name in brackets, and may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function lockedBy(dir: string, pid: number): EmbeddedLockedError {
  const who = pid === process.pid ? `${pid}, which is this one (another thread)` : pid;
  return new EmbeddedLockedError(
    `The embedded store in ${dir} is in use by process ${who}. One process at a time can use it: stop that one, let the ` +
      'worker run in the same process, or use Redis or PostgreSQL for several processes.',
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
