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

/**
 * Whose dependencies the program is built beside, so that it finds what they are found by: core's own, as core itself does,
 * or those of the benchmarks, which have the peers.
 */
const FOLDERS = { core: join(benchmarks, '..', 'packages', 'core'), benchmarks } as const;

/** The path of the built program. */
export async function bundleSide(beside: keyof typeof FOLDERS): Promise<string> {
  const outdir = join(FOLDERS[beside], 'node_modules', '.cache', 'benchmarks');
  await build({
    entryPoints: [join(here, 'side-process.ts')],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // Each side is a file of its own: a process loads what it uses.
    splitting: true,
    packages: 'external',
    // Its `paths` lead to the sources of core.
    tsconfig: join(benchmarks, 'tsconfig.json'),
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
  });
  return join(outdir, 'side-process.mjs');
}
