// The packed packages in projects of pnpm, at its strictest, and of Yarn. npm's is in packaging.test.ts.
// Needs the built packages (`npm run build`).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileConsumers } from './packages/host-types.js';
import { installProject } from './packages/package-managers.js';
import { installedVersion, packAll, pinnedPeers } from './packages/packed.js';
import { runHost, startHostServers } from './packages/run-host.js';

const MINUTE = 60_000;

/** The older major that core is made for; the other projects have the newer one. */
const OLDER_IOREDIS = installedVersion('ioredis5');

const folder = mkdtempSync(join(tmpdir(), 'package-managers-'));
let packages: Record<string, string>;

beforeAll(async () => {
  const packed = await packAll(folder);
  packages = Object.fromEntries([...packed].map(([name, { filename }]) => [name, `file:${filename}`]));
}, MINUTE);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(
  'pnpm installs them without hoisting, with ioredis 5, and a host compiles and runs',
  async () => {
    const servers = await startHostServers();
    try {
      const project = join(folder, 'pnpm');
      await installProject('pnpm', project, { ...packages, ...pinnedPeers(), ioredis: OLDER_IOREDIS });
      expect(await compileConsumers(project, 'Node alone', 7)).toEqual([]);
      expect(await runHost(project, servers)).toEqual({ stdout: `${process.version} ok\n`, stderr: '' });
    } finally {
      await servers.stop();
    }
  },
  5 * MINUTE,
);

test(
  'Yarn installs them, and a host compiles',
  async () => {
    const project = join(folder, 'yarn');
    await installProject('yarn', project, { ...packages, ...pinnedPeers() });
    expect(await compileConsumers(project, 'Node alone', 7)).toEqual([]);
  },
  5 * MINUTE,
);
