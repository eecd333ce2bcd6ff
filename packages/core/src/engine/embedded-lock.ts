/** Keeps two processes from opening one folder: PGlite knows no other process, and both would destroy it. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
  const file = join(dir, LOCK_FILE);
  const mine = JSON.stringify({ pid: process.pid, started: (await startOf(process.pid)) ?? '' } satisfies Owner);
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, mine);
  try {
    // A link is made or refused in one step, and the file is complete when it appears.
    while (!(await tryLink(draft, file))) {
      const found = await read(file);
      if (found === undefined) continue;
      const owner = parse(found);
      if (owner && (await isAlive(owner))) throw lockedBy(dir, owner.pid);
      await discard(file, found);
    }
  } finally {
    await rm(draft, { force: true });
  }
  const onExit = () => rmSync(file, { force: true });
  process.once('exit', onExit);
  return async () => {
    process.off('exit', onExit);
    await rm(file, { force: true });
  };
}

/**
 * Removes the lock of a process that is gone. Of many that find it at once each moves what it finds out of the way; who
 * has moved a fresh lock instead puts it back.
 */
async function discard(file: string, stale: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  if ((await read(aside)) !== stale) await tryLink(aside, file);
  await rm(aside, { force: true });
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
    // Not written by us, or cut off by a full disk: nobody's.
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
