/**
 * Builds the program of the sides from the sources, as tsup builds the packages: the same bundler, the same target.
 *
 * tsx can't run it: to keep the names of functions, it wraps each one where it is made, which costs more on the path of
 * a job than what is measured here.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const benchmarks = dirname(here);
/** Beside core's dependencies, so that they are found as they are from core itself. */
const OUTPUT = join(benchmarks, '..', 'packages', 'core', 'node_modules', '.cache', 'benchmarks', 'side.mjs');

/** The path of the built program. */
export async function bundleSide(): Promise<string> {
  await build({
    entryPoints: [join(here, 'side-process.ts')],
    outfile: OUTPUT,
    bundle: true,
    packages: 'external',
    // Its `paths` lead to the sources of core.
    tsconfig: join(benchmarks, 'tsconfig.json'),
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
  });
  return OUTPUT;
}
