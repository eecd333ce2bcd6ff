// What npm delivers: every publishable package is packed, checked, and used from an empty project outside the workspace.
// Needs the built packages (`npm run build`). The project type-checks tests/fixtures/consumer/<package>.ts.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureNode, NODE_VERSIONS } from '../packages/test-servers/src/index.js';
import { testFirstDay } from './first-day.js';
import { testNextApp } from './first-day-next.js';
import { COMPILERS, compileConsumers, compileValues, type Major, PROGRAM_NAMES } from './packages/host-types.js';
import { type Packed, packAll, pinnedPeers } from './packages/packed.js';
import { type HostServers, runHost, startHostServers } from './packages/run-host.js';
import { type Manifest, publishablePackages, readManifest, root, specifiers } from './publishable-packages.js';

const exec = promisify(execFile);
const MINUTE = 60_000;

/** Of one package, unpacked. Bytes. */
const LARGEST = 1_500_000;

const folder = mkdtempSync(join(tmpdir(), 'packaging-'));
/** The empty project. */
const project = join(folder, 'project');
let packed: ReadonlyMap<string, Packed>;

const manifests = publishablePackages.map(({ manifest }) => manifest);

beforeAll(async () => {
  mkdirSync(project);
  packed = await packAll(folder);
}, MINUTE);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tarball(manifest: Manifest): Packed {
  const line = packed.get(manifest.name);
  if (line === undefined) throw new Error(`${manifest.name} was not packed`);
  return line;
}

describe.each(manifests)('$name, packed', (manifest) => {
  test('publint finds nothing', async () => {
    const data = readFileSync(tarball(manifest).filename);
    const { messages, pkg } = await publint({ strict: true, pack: { tarball: arrayBuffer(data) } });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  test('its types are right for `import` and for `require`', async () => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball(manifest).filename)));
    if (!result.types) throw new Error('the package has no types');
    const problems = result.problems.filter((problem) =>
      // node10 knows no `exports`, so it finds no subpath; Node itself has known them since version 12.
      (['node16-cjs', 'node16-esm', 'bundler'] as const).some((kind) =>
        problemAffectsResolutionKind(problem, kind, result),
      ),
    );
    expect(problems).toEqual([]);
  });

  test('holds its README, the licence, no test and no source map', () => {
    const files = tarball(manifest).files.map(({ path }) => path);
    expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']));
    expect(files.filter((file) => /\.test\.|fixtures|\.map$/.test(file))).toEqual([]);
  });
});

describe('in an empty project', () => {
  beforeAll(async () => {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    // First without the optional peers, which npm leaves out by itself.
    await npmInstall(manifests.map((manifest) => tarball(manifest).filename));
  }, 2 * MINUTE);

  describe.each(manifests)('$name', ({ name }) => {
    const installed = join(project, 'node_modules', name);

    test('is marked free of side effects, and names no workspace, no registry and no other machine', () => {
      const text = readFileSync(join(installed, 'package.json'), 'utf8');
      expect(readManifest(join(installed, 'package.json'))).toMatchObject({ sideEffects: false, license: 'MIT' });
      expect(text).not.toMatch(/workspace:|file:|link:|catalog:|registry\./);
    });

    test(`takes at most ${LARGEST / 1e6} MB, and refers to no source map`, () => {
      const files = readdirSync(installed, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
      expect(files.reduce((total, { length }) => total + length, 0)).toBeLessThan(LARGEST);
      expect(files.filter((file) => file.includes('sourceMappingURL='))).toEqual([]);
    });

    test('its main entry runs without the optional peers', async () => {
      await runNode('module', `await import('${name}');`);
    });

    test('its commands are executable, start with a shebang and answer --help', async () => {
      const { bin = {} } = readManifest(join(installed, 'package.json'));
      for (const [command, file] of Object.entries(bin)) {
        expect(readFileSync(join(installed, file), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
        await exec(join(project, 'node_modules', '.bin', command), ['--help'], { cwd: project });
      }
    });
  });

  describe('with the optional peers', () => {
    beforeAll(async () => {
      const peers = Object.entries(pinnedPeers()).map(([name, version]) => `${name}@${version}`);
      await npmInstall(['--package-lock-only', ...peers]);
      // As a host's server installs, which refuses a lock file that a peer does not fit in.
      await npm('ci');
    }, 2 * MINUTE);

    test('an ES module imports every subpath', async () => {
      const imports = manifests.flatMap(specifiers).map((specifier) => `await import('${specifier}');`);
      await runNode('module', imports.join('\n'));
    });

    test('a CommonJS script requires every subpath', async () => {
      const requires = manifests.flatMap(specifiers).map((specifier) => `require('${specifier}');`);
      await runNode('commonjs', requires.join('\n'));
    });

    test.each(['module', 'commonjs'] as const)(
      'classes have the names that they are exported by, in a %s',
      async (format) => {
        const load = format === 'module' ? 'await import' : 'require';
        const lines = manifests.flatMap(specifiers).map(
          (specifier) => `
          for (const [name, value] of Object.entries(${load}('${specifier}')))
            if (typeof value === 'function' && /^class\\b/.test(String(value)) && value.name !== name)
              throw new Error('${specifier} exports ' + name + ', whose name is ' + value.name);`,
        );
        await runNode(format, lines.join('\n'));
      },
    );

    const majors = Object.keys(COMPILERS).map(Number) as Major[];
    const programs = majors.flatMap((major) => PROGRAM_NAMES.map((name) => ({ major, name })));
    test.each(programs)(
      'TypeScript $major accepts what a user writes for $name, and refuses what it must',
      async ({ major, name }) => expect(await compileConsumers(project, name, major)).toEqual([]),
    );

    describe('the types of all values have names that a host can import', () => {
      let valuesOf: Readonly<Record<string, readonly string[]>>;
      beforeAll(async () => {
        const entries = manifests.flatMap(specifiers).map((name) => `'${name}': Object.keys(await import('${name}'))`);
        const { stdout } = await runNode('module', `console.log(JSON.stringify({ ${entries.join(', ')} }))`);
        valuesOf = JSON.parse(stdout);
      });

      test.each(manifests.flatMap(specifiers))('of %s', async (specifier) => {
        const values = (valuesOf[specifier] ?? []).filter((name) => name !== 'default');
        expect(await compileValues(project, specifier, values)).toEqual([]);
      });
    });

    describe('on every major of Node', () => {
      let servers: HostServers;
      beforeAll(async () => {
        servers = await startHostServers();
      });
      afterAll(() => servers.stop());

      test.concurrent.each(NODE_VERSIONS)(
        'Node %s runs a worker on each engine, the store and both adapters',
        async (version) => {
          const { stdout, stderr } = await runHost(project, servers, await ensureNode(version));
          expect({ stdout, stderr }).toEqual({ stdout: `v${version} ok\n`, stderr: '' });
        },
        5 * MINUTE,
      );
    });

    describe('on the first day', () => {
      testFirstDay(project);
      testNextApp(project);
    });

    test.each(manifests)('$name has a consumer in tests/fixtures/consumer/', ({ name }) => {
      const file = `${name.replace('@bizinsights/jobs-', '')}.ts`;
      expect(existsSync(join(root, 'tests', 'fixtures', 'consumer', file)), file).toBe(true);
    });
  });
});

const npm = (command: string, ...args: readonly string[]) =>
  exec('npm', [command, '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...args], {
    cwd: project,
    shell: process.platform === 'win32',
  });

const npmInstall = (what: readonly string[]) => npm('install', ...what);

/** Runs code in the project with plain Node. A warning on stderr, such as one of a module of the wrong kind, fails. */
async function runNode(kind: 'module' | 'commonjs', code: string): Promise<{ stdout: string }> {
  const { stdout, stderr } = await exec(process.execPath, [`--input-type=${kind}`, '--eval', code], { cwd: project });
  expect(stderr).toBe('');
  return { stdout };
}

/** publint wants the bytes without the buffer pool around them. */
function arrayBuffer(data: Buffer): ArrayBuffer {
  const copy = new ArrayBuffer(data.byteLength);
  new Uint8Array(copy).set(data);
  return copy;
}
