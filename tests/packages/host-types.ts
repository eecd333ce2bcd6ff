/** Type-checks hosts of the packages in a project that has them installed: no error, also in declarations of others. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../publishable-packages.js';

const exec = promisify(execFile);
const CONSUMERS = join(root, 'tests', 'fixtures', 'consumer');

/** The packages of this repository by which its two majors are installed. */
export const COMPILERS = { 6: 'typescript', 7: 'typescript7' } as const;
export type Major = keyof typeof COMPILERS;

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

const BROWSER = { lib: ['es2023', 'dom', 'dom.iterable'] };
const PROGRAMS: Readonly<Record<string, { readonly files: RegExp; readonly compilerOptions: object }>> = {
  'Node alone': { files: /^(?!next|embedded)/, compilerOptions: {} },
  // Their own types are not complete: those of PGlite lack Emscripten's, and apps of Next.js have `skipLibCheck`.
  'Next.js and PGlite': { files: /^(next|embedded)/, compilerOptions: { ...BROWSER, skipLibCheck: true } },
};
export const PROGRAM_NAMES = Object.keys(PROGRAMS);

/** The errors of tests/fixtures/consumer/, as ES modules and as CommonJS. */
export async function compileConsumers(project: string, name: string, major: Major): Promise<string[]> {
  const program = PROGRAMS[name];
  if (!program) throw new Error(`There is no program "${name}"`);
  const sources = readdirSync(CONSUMERS).filter((file) => program.files.test(file));
  const files = sources.flatMap((file) =>
    FORMATS.map((format) => [`${file.replace(/ts$/, format)}`, readFileSync(join(CONSUMERS, file), 'utf8')] as const),
  );
  return await compile(project, major, Object.fromEntries(files), program.compilerOptions);
}

/**
 * The errors of a module that imports one entry alone, and exports all of its values: each type of theirs has a name that the
 * module can import.
 */
export async function compileValues(project: string, specifier: string, names: readonly string[]): Promise<string[]> {
  const code = `import * as all from '${specifier}';\n${names.map((name, n) => `export const value${n} = all.${name};\n`).join('')}`;
  return await compile(project, 7, { 'values.mts': code }, { ...BROWSER, skipLibCheck: true });
}

let folders = 0;

async function compile(
  project: string,
  major: Major,
  files: Readonly<Record<string, string>>,
  compilerOptions: object,
): Promise<string[]> {
  const folder = join(project, `types-${++folders}`);
  mkdirSync(folder);
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const config = { compilerOptions: { ...STRICT, ...compilerOptions }, files: Object.keys(files) };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules', COMPILERS[major], 'bin', 'tsc');
    const { stdout } = await exec(process.execPath, [tsc, '-p', '.'], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    return stdout.split('\n').filter((line) => line.includes('error TS'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
