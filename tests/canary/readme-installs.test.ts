// `npm run canary`: each install line of the READMEs, with the newest version of everything, by each package manager. A host
// compiles with the newest TypeScript. Needs the built packages (`npm run build`).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packAll } from '../packages/packed.js';
import { compileReadmeHost, README_HOSTS } from '../packages/readme-host.js';

const MINUTE = 60_000;
const parent = mkdtempSync(join(tmpdir(), 'readme-installs-'));
let files: ReadonlyMap<string, string>;

beforeAll(async () => {
  const packed = await packAll(parent);
  files = new Map([...packed].map(([name, { filename }]) => [name, `file:${filename}`]));
}, MINUTE);

afterAll(() => rmSync(parent, { recursive: true, force: true }));

test.each(README_HOSTS)(
  '$manager takes $installed of the README of $package',
  async (host) => {
    const errors = await compileReadmeHost(host, {
      parent,
      versionOf: (name) => files.get(name) ?? '*',
      tools: ['typescript', '@types/node'],
      compiler: (project) => join(project, 'node_modules', 'typescript'),
      skipLibCheck: true,
    });
    expect(errors).toEqual([]);
  },
  5 * MINUTE,
);
