/** One process a folder: the lock, seen by processes that hold it, die with it and race for it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EmbeddedLockedError } from '../errors.js';
import { type Child, startChild } from '../worker/fixtures/child.js';
import { openEmbedded } from './embedded.js';
import { lockFolder } from './embedded-lock.js';

let dir: string;
let file: string;
const children: Child[] = [];
const unlocks: (() => Promise<void>)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lock-'));
  file = join(dir, 'process.lock.7');
});
afterEach(async () => {
  for (const unlock of unlocks.splice(0)) await unlock();
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await child.ended;
  }
  await rm(dir, { recursive: true, force: true });
});

function startHolder(): Child {
  const child = startChild(new URL('fixtures/lock-holder.ts', import.meta.url).href, { args: [dir] });
  children.push(child);
  return child;
}

async function holder(): Promise<Child> {
  const child = startHolder();
  await child.prints(`locked by ${child.pid}\n`);
  return child;
}

const lock = async () => {
  const unlock = await lockFolder(dir);
  unlocks.push(unlock);
  return unlock;
};

it('a second process is told which one has the folder', async () => {
  const { pid } = await holder();
  const refused = await openEmbedded({ dir }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(EmbeddedLockedError);
  expect(refused).toMatchObject({ code: 'EMBEDDED_LOCKED' });
  expect(String(refused)).toContain(`${dir} is in use by process ${pid}.`);
});

it('is free when the first one has ended, whether it wanted to or not', async () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const child = await holder();
    child.kill(signal);
    expect(await child.ended).toBe(signal === 'SIGTERM' ? 0 : 'SIGKILL');
    await (await lock())();
  }
});

it('of many that find the lock of a dead process at once, one gets it', async () => {
  const dead = await holder();
  dead.kill('SIGKILL');
  await dead.ended;
  const racers = Array.from({ length: 3 }, startHolder);
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
  await (await lock())();
});

it('is taken over when nobody can read whose it is', async () => {
  for (const text of ['', '{"pid":', '{"pid":"me"}', 'null']) {
    await writeFile(file, text);
    await (await lock())();
  }
});

it('leaves the last one there when it is given back, and no others', async () => {
  for (let times = 0; times < 5; times++) {
    const unlock = await lock();
    await unlock();
    await unlock();
  }
  expect((await readdir(dir)).sort()).toEqual(['process.lock.4', 'process.lock.5']);
  expect(await readFile(join(dir, 'process.lock.5'), 'utf8')).toBe('');
});
