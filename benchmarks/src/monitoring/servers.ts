/** The servers of both sides, each in a process of its own, built as `bundle-side.ts` builds the others. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const QUEUES = ['data-sync', 'insights', 'webhooks', 'reports', 'email', 'alerts'] as const;

export interface ServerOptions {
  readonly side: 'jobs' | 'bull-board';
  readonly redisUrl: string;
}

const here = dirname(fileURLToPath(import.meta.url));
const benchmarks = dirname(dirname(here));
const OUTPUT = join(benchmarks, 'node_modules', '.cache', 'monitoring-server.mjs');

export async function bundleServer(): Promise<string> {
  await build({
    entryPoints: [join(here, 'server-process.ts')],
    outfile: OUTPUT,
    bundle: true,
    // What both sides use stays as it is installed, and so does what reads its own files.
    external: ['bullmq', 'ioredis', 'express', '@bull-board/*', 'pg', '@electric-sql/pglite'],
    banner: { js: `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);` },
    tsconfig: join(benchmarks, 'tsconfig.json'),
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  return OUTPUT;
}

export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

export async function startServer(program: string, options: ServerOptions): Promise<Server> {
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
