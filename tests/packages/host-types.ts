/** Type-checks hosts of the packages in a project that has them installed: no error, also in declarations of others. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publishablePackages, root, specifiers } from '../publishable-packages.js';

const exec = promisify(execFile);
const ENTRIES = publishablePackages.flatMap(({ manifest }) => specifiers(manifest));
const CONSUMERS = join(root, 'tests', 'fixtures', 'consumer');

/** The packages of this repository by which its two majors are installed. */
export const COMPILERS = { 6: 'typescript', 7: 'typescript7' } as const;
export type Major = keyof typeof COMPILERS;
/** The folder of TypeScript. */
export const compilerOf = (major: Major) => join(root, 'node_modules', COMPILERS[major]);

/** The kinds of files in which the same code is an ES module and a CommonJS one. */
const FORMATS = ['mts', 'cts'] as const;

const STRICT = {
  module: 'node16',
  target: 'es2022',
  lib: ['es2023'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  // What a package of a monorepo has: each exported value needs a type that can be named.
  declaration: true,
  emitDeclarationOnly: true,
  outDir: 'out',
  rootDir: '.',
  skipLibCheck: false,
};

interface Program {
  /** Those of tests/fixtures/consumer/. */
  readonly files: RegExp;
  /** The entries of packages that such a host imports. */
  readonly entries: RegExp;
  readonly compilerOptions: object;
}

/** Hosts that need other options for the types of what they are made with. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  'Node alone': {
    files: /^(?!next|embedded)/,
    entries: /^(?!@bizinsights\/jobs-next|.*\/embedded$)/,
    compilerOptions: {},
  },
  // The README of core says so: PGlite's own types use those of browsers and of Emscripten.
  PGlite: {
    files: /^embedded/,
    entries: /\/embedded$/,
    compilerOptions: { lib: ['es2023', 'dom', 'dom.iterable'], types: ['node', 'emscripten'] },
  },
  // What `create-next-app` writes, besides its `skipLibCheck`. With `node16`, Next.js's own types have errors.
  'Next.js': {
    files: /^next/,
    entries: /^@bizinsights\/jobs-next/,
    compilerOptions: {
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['dom', 'dom.iterable', 'esnext'],
      jsx: 'react-jsx',
      isolatedModules: true,
      resolveJsonModule: true,
    },
  },
};
export const PROGRAM_NAMES = Object.keys(PROGRAMS);

/** The errors of tests/fixtures/consumer/ and of the declarations of all entries, as ES modules and as CommonJS. */
export async function compileConsumers(project: string, name: string, major: Major): Promise<string[]> {
  const program = PROGRAMS[name];
  if (!program) throw new Error(`There is no program "${name}"`);
  const consumers = readdirSync(CONSUMERS).filter((file) => program.files.test(file));
  const entries = ENTRIES.filter((entry) => program.entries.test(entry));
  const sources = [
    ...consumers.map((file) => [file, readFileSync(join(CONSUMERS, file), 'utf8')] as const),
    ['entries.ts', importsOf(entries)] as const,
  ];
  const files = sources.flatMap(([file, text]) =>
    FORMATS.map((format) => [file.replace(/ts$/, format), text] as const),
  );
  return await compile(project, compilerOf(major), Object.fromEntries(files), program.compilerOptions);
}

const importsOf = (entries: readonly string[]) =>
  entries.map((entry, n) => `export * as entry${n} from '${entry}';\n`).join('');

/** The errors of hosts that import these entries, each with the options that its types need. */
export async function compileEntries(
  project: string,
  entries: readonly string[],
  options: { readonly compiler: string; readonly skipLibCheck: boolean },
): Promise<string[]> {
  const errors: string[] = [];
  for (const program of Object.values(PROGRAMS)) {
    const named = entries.filter((entry) => program.entries.test(entry));
    if (named.length === 0) continue;
    const compilerOptions = { ...program.compilerOptions, skipLibCheck: options.skipLibCheck };
    errors.push(...(await compile(project, options.compiler, { 'host.mts': importsOf(named) }, compilerOptions)));
  }
  return errors;
}

/**
 * The errors of a module that imports one entry alone, and exports all of its values: each type of theirs has a name that the
 * module can import.
 */
export async function compileValues(project: string, specifier: string, names: readonly string[]): Promise<string[]> {
  const code = `import * as all from '${specifier}';\n${names.map((name, n) => `export const value${n} = all.${name};\n`).join('')}`;
  const program = Object.values(PROGRAMS).find(({ entries }) => entries.test(specifier));
  if (!program) throw new Error(`No program imports ${specifier}`);
  // One after the other they would check the same declarations: `compileConsumers` does so, once.
  return await compile(
    project,
    compilerOf(7),
    { 'values.mts': code },
    { ...program.compilerOptions, skipLibCheck: true },
  );
}

let folders = 0;

async function compile(
  project: string,
  compiler: string,
  files: Readonly<Record<string, string>>,
  compilerOptions: object,
): Promise<string[]> {
  const folder = join(project, `types-${++folders}`);
  mkdirSync(folder);
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const config = { compilerOptions: { ...STRICT, ...compilerOptions }, files: Object.keys(files) };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(compiler, 'bin', 'tsc');
    const { stdout } = await exec(process.execPath, [tsc, '-p', '.'], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    return stdout.split('\n').filter((line) => line.includes('error TS'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
