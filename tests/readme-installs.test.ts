// Each install line of the READMEs by itself, with the versions of this workspace, by each package manager: a peer that a line
// lacks is found. `npm run canary` does the same with the newest versions. Needs the built packages (`npm run build`).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compilerOf } from './packages/host-types.js';
import { installedVersion, packAll } from './packages/packed.js';
import { compileReadmeHost, README_HOSTS } from './packages/readme-host.js';

/** Only so that an install that hangs ends. ms */
const HANGS = 1_800_000;
const parent = mkdtempSync(join(tmpdir(), 'readme-installs-'));
let files: ReadonlyMap<string, string>;

beforeAll(async () => {
  const packed = await packAll(parent);
  files = new Map([...packed].map(([name, { filename }]) => [name, `file:${filename}`]));
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

// Much of an install waits for files and the network.
test.concurrent.each(README_HOSTS)(
  '$manager takes $installed of the README of $package',
  async (host) => {
    const errors = await compileReadmeHost(host, {
      parent,
      versionOf: (name) => files.get(name) ?? installedVersion(name),
      tools: ['@types/node'],
      compiler: () => compilerOf(7),
      skipLibCheck: false,
    });
    expect(errors).toEqual([]);
  },
  HANGS,
);
