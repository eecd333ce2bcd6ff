// `npm run canary`: each install line of the READMEs, with the newest version of everything, by each package manager. Then a
// host compiles with `tsc --strict`, and npm installs again from its lock file. Needs the built packages (`npm run build`).
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installProject, PACKAGE_MANAGERS } from '../packages/package-managers.js';
import { type Packed, packAll } from '../packages/packed.js';
import { README_INSTALLS } from '../packages/readme-installs.js';
import { publishablePackages, specifiers } from '../publishable-packages.js';

const exec = promisify(execFile);
const MINUTE = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'readme-installs-'));
let packed: ReadonlyMap<string, Packed>;

beforeAll(async () => {
  packed = await packAll(folder);
}, MINUTE);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a TypeScript host of each has besides; an app of Next.js has its own. */
const BESIDES: Readonly<Record<string, readonly string[]>> = {
  pg: ['@types/pg'],
  express: ['@types/express'],
  react: ['@types/react'],
  '@bizinsights/jobs-next': ['next', 'react', 'react-dom'],
};

/** Subpaths whose peer is optional, and not in each line. */
const NEEDS: Readonly<Record<string, string>> = { '@bizinsights/jobs-core/embedded': '@electric-sql/pglite' };

const managers = Object.keys(PACKAGE_MANAGERS) as (keyof typeof PACKAGE_MANAGERS)[];
const cases = README_INSTALLS.flatMap((line) => managers.map((manager) => ({ manager, ...line })));

test.each(cases)(
  '$manager takes $installed of the README of $package',
  async ({ manager, installed, package: name }) => {
    const project = mkdtempSync(join(folder, 'project-'));
    rmSync(project, { recursive: true });
    const wanted = [...installed, ...installed.flatMap((each) => BESIDES[each] ?? []), 'typescript', '@types/node'];
    const dependencies = wanted.map((each) => {
      const file = packed.get(each)?.filename;
      return [each, file === undefined ? '*' : `file:${file}`] as const;
    });
    await installProject(manager, project, Object.fromEntries(dependencies));
    if (manager === 'npm') await exec('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: project });
    const manifest = publishablePackages.find((each) => each.manifest.name === name)?.manifest;
    const entries = (manifest ? specifiers(manifest) : []).filter((entry) => {
      const need = NEEDS[entry];
      return need === undefined || installed.includes(need);
    });
    writeFileSync(
      join(project, 'host.mts'),
      entries.map((entry, n) => `import * as entry${n} from '${entry}';\nvoid entry${n};\n`).join(''),
    );
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const tsc = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = await exec(process.execPath, [tsc, ...options, '--skipLibCheck', 'host.mts'], {
      cwd: project,
    }).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
    rmSync(project, { recursive: true, force: true });
  },
  5 * MINUTE,
);
