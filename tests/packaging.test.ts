// What npm delivers: every publishable package is packed, checked, and used from an empty project outside the workspace.
// Needs the built packages (`npm run build`). The project type-checks tests/fixtures/consumer/<package>.ts.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testFirstDay } from './first-day.js';
import { type Manifest, publishablePackages, readManifest, root, specifiers } from './publishable-packages.js';

const exec = promisify(execFile);
const MINUTE = 60_000;

/** Of one package, unpacked. Bytes. */
const LARGEST = 1_500_000;

/** One line of `pnpm pack --json`. */
interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'packaging-'));
/** The empty project. */
const project = join(folder, 'project');
const packed = new Map<string, Packed>();

const manifests = publishablePackages.map(({ manifest }) => manifest);

beforeAll(async () => {
  mkdirSync(project);
  const filters = manifests.flatMap(({ name }) => ['--filter', name]);
  const { stdout } = await exec(
    process.execPath,
    [join(root, 'scripts', 'pnpm.mjs'), '-r', ...filters, 'pack', '--json', '--pack-destination', folder],
    { cwd: root },
  );
  for (const line of [JSON.parse(stdout) as Packed | Packed[]].flat()) packed.set(line.name, line);
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
      const peers = manifests.flatMap(({ peerDependencies = {} }) => Object.entries(peerDependencies));
      const fromNpm = new Map(peers.filter(([name]) => !packed.has(name)));
      await npmInstall([
        ...[...fromNpm].map(([name, range]) => `${name}@${range}`),
        // The types that a TypeScript project with these peers has.
        '@types/node@20',
        ...['pg', 'express', 'react'].filter((name) => fromNpm.has(name)).map((name) => `@types/${name}`),
      ]);
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

    test(
      'TypeScript accepts what a user writes, and refuses what it must',
      async () => {
        cpSync(join(root, 'tests', 'fixtures', 'consumer'), join(project, 'src'), { recursive: true });
        const compilerOptions = {
          module: 'node16',
          target: 'es2022',
          lib: ['es2023'],
          types: ['node'],
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          // Our own declarations are checked too; errors in those of others (PGlite's need a browser) are left out below.
          skipLibCheck: false,
        };
        writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
        const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
        const { stdout } = await exec(process.execPath, [tsc, '-p', '.'], { cwd: project }).catch(
          (error: { stdout: string }) => error,
        );
        const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
        expect(errors.filter((line) => !/^node_modules\/(?!@bizinsights\/)/.test(line))).toEqual([]);
      },
      5 * MINUTE,
    );

    describe('on the first day', () => testFirstDay(project));

    test.each(manifests)('$name has a consumer in tests/fixtures/consumer/', ({ name }) => {
      const file = `${name.replace('@bizinsights/jobs-', '')}.ts`;
      expect(existsSync(join(root, 'tests', 'fixtures', 'consumer', file)), file).toBe(true);
    });
  });
});

const npmInstall = (what: readonly string[]) =>
  exec('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...what], {
    cwd: project,
    shell: process.platform === 'win32',
  });

/** Runs code in the project with plain Node. A warning on stderr, such as one of a module of the wrong kind, fails. */
async function runNode(kind: 'module' | 'commonjs', code: string): Promise<void> {
  const { stderr } = await exec(process.execPath, [`--input-type=${kind}`, '--eval', code], { cwd: project });
  expect(stderr).toBe('');
}

/** publint wants the bytes without the buffer pool around them. */
function arrayBuffer(data: Buffer): ArrayBuffer {
  const copy = new ArrayBuffer(data.byteLength);
  new Uint8Array(copy).set(data);
  return copy;
}
