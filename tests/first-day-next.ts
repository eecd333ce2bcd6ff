/**
 * The app that `init` writes for Next.js, as Next.js runs it: under `next dev`, built once where no variable is set, under
 * `next start`, and from a standalone folder that was copied away from the project.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort, type RedisServer, startRedis } from '../packages/test-servers/src/index.js';
import { commandLine, env, NEXT_APP, startNode, write, writeApp } from './first-day.js';
import { root } from './publishable-packages.js';

const exec = promisify(execFile);

const MINUTE = 60_000;
const TOKEN = 'a token for these tests';

/** On a build server (`CI`) a build warns that its cache is not kept. */
const { CI: _ci, ...quiet } = env;
const telemetry = { NEXT_TELEMETRY_DISABLED: '1' };

/** What the app needs beside what `init` writes. */
const FILES = {
  'src/app/layout.tsx':
    'export default ({ children }: { children: React.ReactNode }) => <html lang="en"><body>{children}</body></html>;',
  'src/app/api/greet/route.ts': `import { greetingQueue, jobs } from '../../../jobs';
    export async function POST(request: Request) {
      return Response.json(await jobs.queue(greetingQueue).add(await request.json()));
    }`,
  // tests/first-day.ts checks the types.
  'next.config.mjs': `import { withJobs } from '@bizinsights/jobs-next/config';
    export default withJobs({ output: 'standalone', typescript: { ignoreBuildErrors: true } });`,
};

/** The tests, in a folder of a project that has the packages and their peers. They follow one another. */
export function testNextApp(project: string): void {
  const app = join(project, 'next-app');
  const next = join(project, 'node_modules', 'next', 'dist', 'bin', 'next');
  const copies = mkdtempSync(join(tmpdir(), 'next-standalone-'));
  const standalone = join(copies, basename(app));
  let redis: RedisServer;
  let built: Promise<{ stdout: string; stderr: string }>;

  describe('Next.js: the app that init writes', () => {
    beforeAll(async () => {
      redis = await startRedis({ appendOnly: true });
      writeApp(app, NEXT_APP);
      await exec(process.execPath, [commandLine(project), 'init'], { cwd: app, env });
      for (const [path, text] of Object.entries(FILES)) write(app, path, text);
      // Where there is none, Next.js installs one.
      mkdirSync(join(app, 'node_modules'));
      symlinkSync(join(root, 'node_modules', 'typescript'), join(app, 'node_modules', 'typescript'), 'junction');
      // Beside `next dev`, which has a folder of its own: together they take little more time than one of them.
      built = exec(process.execPath, [next, 'build'], { cwd: app, env: { ...quiet, ...telemetry } });
      built.catch(() => undefined);
    });
    afterAll(async () => {
      await built.catch(() => undefined);
      await redis.stop();
      rmSync(copies, { recursive: true, force: true });
    });

    test(
      'runs the worker under next dev, without a server',
      async () => {
        const { greet, state } = await serve(app, [next, 'dev']);
        const { id } = await greet('Ann');
        await expect.poll(() => state(id)).toBe('completed');
      },
      5 * MINUTE,
    );

    test(
      'is built without REDIS_URL and JOBS_TOKEN',
      async () => {
        const { stdout, stderr } = await built;
        expect(stdout + stderr).not.toMatch(/warn|⚠|critical dependency|can't be external|module not found/i);
        cpSync(join(app, '.next', 'standalone'), copies, { recursive: true, verbatimSymlinks: true });
      },
      5 * MINUTE,
    );

    test('says under next start which variable is missing', async () => {
      const { server, url } = await serve(app, [next, 'start']);
      await server.prints('REDIS_URL: set it, or give createJobs({ connection })');
      // Next.js goes on, so that a probe has to say it.
      expect((await fetch(`${url}/api/jobs/health/live`)).status).toBe(500);
    });

    test('runs under next start, with a worker where JOBS_WORKER says so', async () => {
      const { greet, state } = await serve(app, [next, 'start'], { REDIS_URL: redis.url, JOBS_WORKER: 'true' });
      const { id } = await greet('Ben');
      await expect.poll(() => state(id)).toBe('completed');
    });

    test('runs from a copied standalone folder, which has all that a worker needs', async () => {
      const web = await serve(standalone, ['server.js'], { REDIS_URL: redis.url });
      const { id } = await web.greet('Cleo');
      expect(await web.state(id)).toBe('waiting');

      const worker = await serve(standalone, ['server.js'], {
        ...{ REDIS_URL: redis.url, JOBS_WORKER: 'true', NEXT_MANUAL_SIG_HANDLE: 'true' },
      });
      await worker.server.prints('Hello Cleo');
      await expect.poll(() => web.state(id)).toBe('completed');
      expect((await fetch(`${worker.url}/api/jobs/health/ready`)).status).toBe(200);

      worker.server.stop('SIGTERM');
      expect(await worker.server.ended).toBe(0);
      expect(worker.server.output()).toContain('worker stopped');
      expect(web.server.output()).not.toContain('Hello Cleo');
    });
  });
}

/** Starts a server of the app on a free port, which ends with the test. */
async function serve(cwd: string, args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const PORT = String(await freePort());
  const address = { PORT, HOSTNAME: '127.0.0.1' };
  const server = startNode(cwd, args, { ...telemetry, ...address, JOBS_TOKEN: TOKEN, ...variables });
  onTestFinished(async () => {
    // `next dev` is two processes, of which the first one ends the other.
    server.stop('SIGTERM');
    await server.ended;
  });
  await server.prints('Ready in');
  const url = `http://127.0.0.1:${PORT}`;
  const json = async (path: string, init: RequestInit) => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}\n${server.output()}`);
    return JSON.parse(text);
  };
  return {
    server,
    url,
    /** Adds a job over HTTP. */
    greet: (name: string): Promise<{ id: string }> =>
      json('/api/greet', { method: 'POST', body: JSON.stringify({ name }) }),
    async state(id: string): Promise<string> {
      const headers = { authorization: `Bearer ${TOKEN}` };
      return (await json(`/api/jobs/greetings/jobs/${id}`, { headers })).data.state;
    },
  };
}
