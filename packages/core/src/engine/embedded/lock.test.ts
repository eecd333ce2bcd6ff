/** One process a folder: the lock, seen by processes that hold it, die with it and race for it. */
import { rmSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedLockedError, EngineUnavailableError } from '../../errors.js';
import { type Child, startChild } from '../../worker/fixtures/child.js';
import type { HolderOptions } from '../fixtures/lock-holder.js';
import { openEmbedded } from './engine.js';
import { canHaveGuests } from './guest.js';
import { type FolderLock, type LockTimings, lockFolder } from './lock.js';
import { thisProcess } from './owner.js';

/** Short ones, with the real relation. ms */
const QUICK: LockTimings = { interval: 100, patience: 1_500 };

let dir: string;
let file: string;
const children: Child[] = [];
const locks: FolderLock[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lock-'));
  file = join(dir, 'process.lock.7');
});
afterEach(async () => {
  for (const one of locks.splice(0)) one.release();
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await child.ended;
  }
  await rm(dir, { recursive: true, force: true });
});

function startHolder(options: HolderOptions = {}): Child {
  const file = new URL('../fixtures/lock-holder.ts', import.meta.url).href;
  const child = startChild(file, { args: [dir, JSON.stringify(options)] });
  children.push(child);
  return child;
}

async function holder(options?: HolderOptions): Promise<Child> {
  const child = startHolder(options);
  await child.prints(`locked by ${child.pid}\n`);
  return child;
}

const lock = async (timings?: LockTimings) => {
  const taken = await lockFolder(dir, timings);
  locks.push(taken);
  return taken;
};

it('a second process is told which one has the folder', async () => {
  const { pid } = await holder();
  const refused = await openEmbedded({ dir }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(EmbeddedLockedError);
  expect(refused).toMatchObject({ code: 'EMBEDDED_LOCKED' });
  expect(String(refused)).toContain(`${dir} is in use by process ${pid}.`);
});

it('names the command that shows its jobs only where the system can have the socket that the command asks', async () => {
  const refusal = async (folder: string) => {
    await mkdir(folder, { recursive: true });
    const held = await lockFolder(folder);
    locks.push(held);
    return String(await lockFolder(folder).catch((error: unknown) => error));
  };
  const byCommand = 'by its monitoring API or, on the same machine, by `bizinsights-jobs status`.';
  expect((await refusal(dir)).endsWith(byCommand)).toBe(process.platform !== 'win32');
  expect(await refusal(join(dir, 'long'.repeat(25)))).toMatch(/by its monitoring API\.$/);
  expect(canHaveGuests(dir, 'win32')).toBe(false);
});

it('is free when the first one has ended, whether it wanted to or not', async () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const child = await holder();
    child.kill(signal);
    expect(await child.ended).toBe(signal === 'SIGTERM' ? 0 : 'SIGKILL');
    (await lock()).release();
  }
});

it('of many that find the lock of a dead process at once, one gets it', async () => {
  const dead = await holder();
  dead.kill('SIGKILL');
  await dead.ended;
  const racers = Array.from({ length: 3 }, () => startHolder());
  await Promise.all(racers.map((child) => child.prints('\n')));
  const winners = racers.filter((child) => child.output().startsWith('locked'));
  expect(winners).toHaveLength(1);
  for (const child of racers) {
    if (child !== winners[0]) expect(child.output()).toMatch(`is in use by process ${winners[0]?.pid}.`);
  }
});

it('in one process, of many that ask at once one gets it', async () => {
  await writeFile(file, JSON.stringify({ pid: 2 ** 22 + 1, started: '0' }));
  const asked = await Promise.allSettled(Array.from({ length: 20 }, () => lock()));
  expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const [refused] = asked.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  expect(refused).toContain(`in use by process ${process.pid}, which is this one`);
});

it('is not taken for that of a later process with the same number', async () => {
  await writeFile(file, JSON.stringify({ pid: process.ppid, started: 'another time' }));
  (await lock()).release();
});

it('is taken over when nobody can read whose it is', async () => {
  for (const text of ['', '{"pid":', '{"pid":"me"}', 'null']) {
    await writeFile(file, text);
    (await lock()).release();
  }
});

it('leaves the last one there when it is given back, and no others', async () => {
  for (let times = 0; times < 5; times++) {
    const { release } = await lock();
    release();
    release();
  }
  expect((await readdir(dir)).sort()).toEqual(['process.lock.4', 'process.lock.5']);
  expect(await readFile(join(dir, 'process.lock.5'), 'utf8')).toBe('');
});

describe('an owner that cannot be seen from here', () => {
  const OTHERS = {
    'in another PID namespace': { namespace: 'pid:[1]' },
    'on another host': { host: 'elsewhere', boot: 'b' },
    'of another boot': { boot: 'b' },
  };
  /** Its lock, as process 1: every container has one. */
  const ownedBy = async (other: Partial<Record<'host' | 'boot' | 'namespace', string>>) => {
    const { place } = await thisProcess();
    const owner = { key: 'k', pid: 1, started: '7', place: { ...place, ...other } };
    let beats = 0;
    const beat = () => writeFile(file, JSON.stringify({ ...owner, beat: String(beats++) }));
    await beat();
    return { place: owner.place, beat };
  };

  it.each(Object.entries(OTHERS))('%s has the folder as long as its heartbeat changes', async (_where, other) => {
    const { beat, place } = await ownedBy(other);
    let isBeating = true;
    const beating = (async () => {
      while (isBeating) await sleep(QUICK.interval).then(beat);
    })();
    const refused = await lock(QUICK).catch((error: unknown) => error);
    isBeating = false;
    await beating;
    expect(refused).toBeInstanceOf(EmbeddedLockedError);
    expect(String(refused)).toContain(
      `is in use by process 1 on the host ${place.host} in the PID namespace ${place.namespace}.`,
    );
  });

  it.each(Object.entries(OTHERS))('%s that has no heartbeat any more loses it', async (_where, other) => {
    await ownedBy(other);
    const start = performance.now();
    const taken = await lock(QUICK);
    expect(performance.now() - start).toBeGreaterThanOrEqual(QUICK.patience);
    taken.check();
  });

  it('that gives the folder back meanwhile is waited for no longer', async () => {
    await ownedBy(OTHERS['on another host']);
    const taken = lock({ ...QUICK, patience: 600_000 });
    await writeFile(file, '');
    (await taken).check();
  });

  it('of many that wait for its end, one gets the folder', async () => {
    await ownedBy(OTHERS['on another host']);
    const asked = await Promise.allSettled(Array.from({ length: 10 }, () => lock(QUICK)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('of an older version, which had no heartbeat, is one of this host', async () => {
    const { pid, started } = await thisProcess();
    await writeFile(file, JSON.stringify({ pid, started }));
    await expect(lock()).rejects.toThrow(`is in use by process ${pid}, which is this one`);
    await writeFile(file, JSON.stringify({ pid, started: 'another time' }));
    (await lock()).check();
  });
});

describe('a holder', () => {
  const elsewhere = { timings: QUICK, host: 'elsewhere' };

  it('keeps the folder while its event loop stands still', async () => {
    const child = await holder({ ...elsewhere, block: 600_000 });
    await sleep(2 * QUICK.patience);
    await expect(lock(QUICK)).rejects.toThrow(`is in use by process ${child.pid} on the host elsewhere`);
  });

  it('that was stopped for too long finds out before it does anything', async () => {
    const child = await holder(elsewhere);
    child.kill('SIGSTOP');
    const taken = await lock(QUICK);
    child.kill('SIGCONT');
    await child.prints('lost: ');
    // In other words where the thread of the heartbeat has not told its own yet.
    expect(child.output()).toMatch(/another process has (taken it over|it)/);
    // What it gives back at its end is not the lock of the other one.
    child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    taken.check();
    await expect(lock()).rejects.toThrow(`in use by process ${process.pid}, which is this one`);
  });

  it('that comes back in the moment of the take-over: one of both has the folder at most', async () => {
    for (let round = 0; round < 6; round++) {
      const child = await holder(elsewhere);
      child.kill('SIGSTOP');
      const asked = lock(QUICK).catch((error: unknown) => String(error));
      await sleep(QUICK.patience + round * 20);
      child.kill('SIGCONT');
      const taken = await asked;
      if (typeof taken === 'string') expect(taken).toContain(`in use by process ${child.pid} on the host elsewhere`);
      else await child.prints('lost: ');
      child.kill('SIGKILL');
      await child.ended;
      if (typeof taken !== 'string') taken.release();
    }
  });

  it('does nothing more when its lock or its whole folder is gone', async () => {
    for (const gone of [() => rm(join(dir, 'process.lock.1')), () => rm(dir, { recursive: true })]) {
      const taken = await lock(QUICK);
      await gone();
      await expect.poll(() => failureOf(taken)).toBeInstanceOf(EmbeddedLockedError);
      expect(String(failureOf(taken))).toContain('its lock file is gone');
      taken.release();
    }
  });

  it('says why before its event loop has turned', async () => {
    const taken = await lock(QUICK);
    rmSync(join(dir, 'process.lock.1'));
    const pause = new Int32Array(new SharedArrayBuffer(4));
    while (!taken.isLost) Atomics.wait(pause, 0, 0, 10);
    expect(String(failureOf(taken))).toContain('its lock file is gone');
  });

  it('does nothing while its heartbeat cannot be written, and goes on when it can', async () => {
    const taken = await lock(QUICK);
    const own = join(dir, 'process.lock.1');
    await link(own, `${own}.kept`);
    // What cannot be opened for writing, in one step: also root is refused.
    await symlink(tmpdir(), `${own}.folder`);
    await rename(`${own}.folder`, own);
    await expect.poll(() => failureOf(taken)).toBeInstanceOf(EngineUnavailableError);
    expect(String(failureOf(taken))).toContain('the heartbeat of its lock fails: EISDIR');
    await rename(`${own}.kept`, own);
    taken.check();
  });

  it('lets its process end', async () => {
    const child = startChild(new URL('../fixtures/lock-keeper.ts', import.meta.url).href, { args: [dir] });
    children.push(child);
    expect(await child.ended).toBe(0);
    expect(await readFile(join(dir, 'process.lock.1'), 'utf8')).toBe('');
  });
});

function failureOf(taken: FolderLock): unknown {
  try {
    taken.check();
    return undefined;
  } catch (error) {
    return error;
  }
}
