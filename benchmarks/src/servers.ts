/** The HTTP servers of both sides, each in a process of its own, built as `bundle-side.ts` builds the others. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const benchmarks = dirname(here);

/** @param subject the folder beside this file that holds `server-process.ts` */
export async function bundleServer(subject: string): Promise<string> {
  const outfile = join(benchmarks, 'node_modules', '.cache', `${subject}-server.mjs`);
  await build({
    entryPoints: [join(here, subject, 'server-process.ts')],
    outfile,
    bundle: true,
    // What both sides use stays as it is installed, and so does what reads its own files.
    external: ['bullmq', 'ioredis', 'express', '@bull-board/*', 'pg', '@electric-sql/pglite'],
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

export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

/** @param options what the process reads from its first word */
export async function startServer(program: string, options: object): Promise<Server> {
  const child = fork(program, [JSON.stringify(options)], {
    execArgv: [],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const port = await portOf(child);
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`A server ended before it listened, with exit code ${code}`)));
  });
}
