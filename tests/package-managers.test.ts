// The packed packages in projects of pnpm, at its strictest, and of Yarn. npm's is in packaging.test.ts.
// Needs the built packages (`npm run build`).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRedis } from '../packages/test-servers/src/index.js';
import { compileConsumers } from './packages/host-types.js';
import { buildMonorepo, copiesOfCore, installMonorepo, runMonorepo } from './packages/monorepo.js';
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

// pnpm gives core a second copy for an app that has other versions of its peers.
test.each([
  { manager: 'npm', more: {}, copies: 1, compiler: 7 },
  { manager: 'pnpm', more: { 'apps/worker': { ioredis: OLDER_IOREDIS } }, copies: 2, compiler: 6 },
] as const)(
  'a monorepo of $manager with its queues in a shared package compiles and runs, copies of core: $copies',
  async ({ manager, more, copies, compiler }) => {
    const redis = await startRedis();
    try {
      const project = join(folder, `monorepo-${manager}-${copies}`);
      const versions = { ...packages, ...pinnedPeers(), typescript: installedVersion('typescript') };
      await installMonorepo(manager, project, versions, more);
      expect(copiesOfCore(project)).toHaveLength(copies);
      expect(await buildMonorepo(project, compiler)).toBe('');
      expect(await runMonorepo(project, redis.url)).toBe(
        'the thumbnail of 320 px has 32000 bytes\n' + 'JOB_PERMANENT: A thumbnail has at most 4000 px, not 10000\n',
      );
    } finally {
      await redis.stop();
    }
  },
  5 * MINUTE,
);
