/** Runs tasks of the subject `data-sync`, each in a process of its own, built as `bundle-side.ts` builds the others. */
import { fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { SyncAnswer, SyncTask } from './task.js';

const here = dirname(fileURLToPath(import.meta.url));
const benchmarks = dirname(dirname(here));
const OUTPUT = join(benchmarks, 'node_modules', '.cache', 'sync.mjs');

export async function bundleSync(): Promise<string> {
  await build({
    entryPoints: [join(here, 'sync-process.ts')],
    outfile: OUTPUT,
    bundle: true,
    // What has native parts, or reads its own files.
    external: ['bullmq', 'ioredis', 'pg', '@electric-sql/pglite'],
    banner: { js: `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);` },
    tsconfig: join(benchmarks, 'tsconfig.json'),
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'error',
  });
  return OUTPUT;
}

type Result = Exclude<SyncAnswer, { checkpoint: unknown }>;
type Checkpoint = Extract<SyncAnswer, { checkpoint: unknown }>['checkpoint'];

export function runTask(
  program: string,
  task: SyncTask,
  onCheckpoint: (checkpoint: Checkpoint) => void = () => {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(program, [JSON.stringify(task)], {
      // No source maps: those of the whole bundle would be a fifth of the memory that is measured.
      execArgv: [],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    let result: Result | undefined;
    child.on('message', (answer: SyncAnswer) => {
      if ('checkpoint' in answer) onCheckpoint(answer.checkpoint);
      else result = answer;
    });
    child.once('exit', (code) => {
      if (!result || code !== 0) reject(new Error(`A process of the sync ended with exit code ${code}`));
      else if (result.rows !== task.records) reject(new Error(`There are ${result.rows} rows of ${task.records}`));
      else resolve(result);
    });
  });
}
