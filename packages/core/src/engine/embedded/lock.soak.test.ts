/** One folder in several containers: processes in PID namespaces of their own, where each is process 1. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Child, startChild } from '../../worker/fixtures/child.js';
import { openEmbedded } from './engine.js';

/** As a container runtime starts a process: with a host name and process numbers of its own. */
const CONTAINER = ['unshare', '--pid', '--fork', '--mount-proc', '--uts', '--kill-child'];

/** Takes rights that not every machine gives. `embedded-lock.test.ts` has the same with names that are made up. */
const hasContainers = spawnSync(CONTAINER[0] ?? '', [...CONTAINER.slice(1), 'true']).status === 0;

/** Only so that a test that hangs ends. ms */
const HANGS = 300_000;

let dir: string;
const children: Child[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'containers-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await child.ended;
  }
  await rm(dir, { recursive: true, force: true });
});

function start(prefix: string, command: readonly string[] = [], gate: readonly string[] = []): Child {
  const writer = new URL('../fixtures/embedded-writer.ts', import.meta.url).href;
  const child = startChild(writer, { args: [dir, prefix, ...gate], command });
  children.push(child);
  return child;
}

const added = (child: Child) => [...child.output().matchAll(/^added (.*)$/gm)].map(([, id]) => id);

/** The ids that the store has. */
async function stored(): Promise<Set<string>> {
  const { pool, close } = await openEmbedded({ dir });
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM bullmq.job');
  await close();
  return new Set(rows.map(({ id }) => id));
}

it.runIf(hasContainers)(
  'of two containers one has the folder, and the other one gets it after its death',
  async () => {
    const first = start('first', CONTAINER);
    await first.prints('added first-20');
    const second = start('second', CONTAINER);
    await second.prints('refused: ');
    expect(second.output()).toMatch(/is in use by process 1 on the host \S+ in the PID namespace pid:\[\d+\]\./);
    expect(added(second)).toEqual([]);
    await first.prints('added first-60');
    first.kill('SIGKILL');
    await first.ended;
    const third = start('third', CONTAINER);
    await third.prints('added third-20');
    third.kill('SIGKILL');
    await third.ended;
    const ids = await stored();
    expect([...added(first), ...added(third)].filter((id) => !ids.has(id ?? ''))).toEqual([]);
  },
  HANGS,
);

it.runIf(hasContainers)(
  'a container that was stopped writes nothing any more when another one has the folder',
  async () => {
    // Stopped between two statements: one write call that is under way then can't be taken back.
    const gate = join(dir, 'gate');
    const first = start('first', CONTAINER, [gate]);
    await first.prints('added first-20');
    const inside = Number(await readFile(`/proc/${first.pid}/task/${first.pid}/children`, 'utf8'));
    // A signal to 0 goes to all processes of the test run.
    expect(inside).toBeGreaterThan(0);
    process.kill(inside, 'SIGSTOP');
    const second = start('second');
    await second.prints('added second-20');
    await writeFile(gate, '');
    process.kill(inside, 'SIGCONT');
    await first.prints('refused: ');
    expect(first.output()).toContain('EmbeddedLockedError');
    await second.prints('added second-40');
    second.kill('SIGKILL');
    await second.ended;
    const ids = await stored();
    expect([...added(first), ...added(second)].filter((id) => !ids.has(id ?? ''))).toEqual([]);
    expect(added(first)).toHaveLength(21);
  },
  HANGS,
);
