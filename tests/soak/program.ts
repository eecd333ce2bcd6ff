/**
 * Builds the programs of the soak's processes from the sources. Many of them are started, and one that is built starts
 * in a third of the time that it takes with a loader.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
/** In core, so that its dependencies are found as they are from there. */
const CACHE = join(root, 'packages', 'core', 'node_modules', '.cache');

/** Where the built files of a process are. */
export interface Program {
  readonly producer: string;
  readonly worker: string;
  readonly wrongClock: string;
  remove(): void;
}

export async function buildProgram(): Promise<Program> {
  mkdirSync(CACHE, { recursive: true });
  // Two test files build theirs at the same time.
  const folder = mkdtempSync(join(CACHE, 'soak-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  await build({
    entryPoints: ['producer-process.ts', 'worker-process.ts', 'wrong-clock.ts'].map((file) => join(here, file)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    // Its `paths` lead to the sources of core.
    tsconfig: join(root, 'tsconfig.base.json'),
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  return {
    producer: join(folder, 'producer-process.mjs'),
    worker: join(folder, 'worker-process.mjs'),
    wrongClock: join(folder, 'wrong-clock.mjs'),
    remove,
  };
}
