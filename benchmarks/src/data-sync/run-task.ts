/** Runs a task of a sync in a process of its own, built as `bundle-side.ts` builds the others. */
import { fork } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const benchmarks = dirname(dirname(here));

/** @param name of a file beside this one, or the way to it */
export async function bundleTask(
  name: 'sync-process' | 'limit-process' | '../many-queues/queues-process',
): Promise<string> {
  const outfile = join(benchmarks, 'node_modules', '.cache', `${basename(name)}.mjs`);
  await build({
    entryPoints: [join(here, `${name}.ts`)],
    outfile,
    bundle: true,
    // What has native parts, or reads its own files.
    external: ['bullmq', 'ioredis', 'pg', '@electric-sql/pglite'],
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);`,
    },
    tsconfig: join(benchmarks, 'tsconfig.json'),
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  return outfile;
}

/** What the process said last. */
export function runTask<Answer>(
  program: string,
  task: object,
  onAnswer: (answer: Answer) => void = () => {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(program, [JSON.stringify(task)], {
      // No source maps: those of the whole bundle would be a fifth of the memory that is measured.
      execArgv: [],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    let last: Answer | undefined;
    child.on('message', (answer: Answer) => {
      last = answer;
      onAnswer(answer);
    });
    child.once('exit', (code) => {
      if (last === undefined || code !== 0) reject(new Error(`A process of the sync ended with exit code ${code}`));
      else resolve(last);
    });
  });
}
