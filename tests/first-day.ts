/** A user's first day: `init` in an app that is there, types, a job added by the command line, a worker that runs it. */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from './publishable-packages.js';

const exec = promisify(execFile);

const { VITEST: _vitest, NODE_ENV: _environment, LOG_LEVEL: _level, REDIS_URL: _url, ...others } = process.env;
/** The environment without what says that it is a test's. */
export const env: Readonly<Record<string, string | undefined>> = others;

export interface App {
  readonly name: string;
  readonly manifest: object;
  readonly files: Readonly<Record<string, string>>;
  readonly compilerOptions: object;
  /** Of the module of the jobs. */
  readonly jobs: string;
  /** What `init` writes. */
  readonly written: readonly string[];
}

const NODE = { module: 'nodenext', target: 'es2022', types: ['node'] };

export const NEXT_APP: App = {
  name: 'Next.js',
  manifest: { scripts: {}, dependencies: { next: '*' } },
  files: { 'src/app/page.tsx': 'export default () => null;', 'next.config.mjs': 'export default {};' },
  // As create-next-app writes them.
  compilerOptions: {
    ...{ target: 'es2017', lib: ['dom', 'dom.iterable', 'esnext'], module: 'esnext', moduleResolution: 'bundler' },
    ...{ isolatedModules: true, esModuleInterop: true, jsx: 'react-jsx', types: ['node'] },
  },
  jobs: 'src/jobs.ts',
  written: ['src/jobs.ts', 'src/worker.ts', 'src/app/api/jobs/[[...path]]/route.ts', 'src/instrumentation.ts'],
};

const APPS: readonly App[] = [
  {
    name: 'Express, as ES modules in src',
    manifest: { type: 'module', scripts: { dev: 'tsx src/app.ts' }, dependencies: { express: '*' } },
    files: {
      'src/app.ts': `import express from 'express';
        import { jobsRouter } from './jobs-router.js';
        export const app = express().use('/api/jobs', jobsRouter);`,
    },
    compilerOptions: { ...NODE, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, declaration: true },
    jobs: 'src/jobs.ts',
    written: ['src/jobs.ts', 'src/worker.ts', 'src/jobs-router.ts'],
  },
  {
    name: 'Express, as CommonJS',
    manifest: { dependencies: { express: '*' } },
    files: {},
    compilerOptions: NODE,
    jobs: 'jobs.ts',
    written: ['jobs.ts', 'worker.ts', 'jobs-router.ts'],
  },
  NEXT_APP,
];

/** The tests, in folders of a project that has the packages and their peers. */
export function testFirstDay(project: string): void {
  const cli = commandLine(project);
  const start = (cwd: string, ...words: string[]) => startNode(cwd, [cli, ...words]);

  test.each(APPS)('$name: init writes an app that compiles, and a worker runs what is added', async (app) => {
    const cwd = join(project, app.name.replaceAll(/\W+/g, '-').toLowerCase());
    writeApp(cwd, app);
    const run = async (...words: string[]) => (await exec(process.execPath, [cli, ...words], { cwd, env })).stdout;

    expect(JSON.parse(await run('init', '--json'))).toMatchObject({ written: app.written, kept: [] });
    expect(JSON.parse(await run('init', '--json'))).toMatchObject({ written: [], kept: app.written, scripts: [] });
    const manifest = readFileSync(join(cwd, 'package.json'), 'utf8');
    expect(JSON.parse(manifest).scripts).toMatchObject({ 'jobs:worker': `bizinsights-jobs worker ${app.jobs}` });
    expect(manifest).toMatch(/^\t"scripts": \{\n\t\t"/m);

    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout: errors } = await exec(process.execPath, [tsc, '-p', '.'], { cwd }).catch(
      (error: { stdout: string }) => error,
    );
    expect(errors).toBe('');

    const { id } = JSON.parse(await run('add', 'greetings', '{"name":"Ann"}', '--json'));
    const worker = start(cwd, 'worker');
    await worker.prints('Hello Ann');
    // The folder is the worker's: it is asked.
    if (process.platform !== 'win32')
      expect(await run('status')).toMatch(/^embedded .*\n.*\ngreetings +0 +0 +0 +0 +1 +0$/m);
    worker.stop();
    expect(await worker.ended).toBe(0);
    const job = await run('job', 'greetings', id);
    expect(job).toMatch(/^state +completed, 1 of 3 attempts made$/m);
    expect(job).toMatch(/^log\n.*Hello Ann/m);
  });

  test('dev restarts the worker when a file that it loads changes, and waits while one has an error', async () => {
    const cwd = join(project, 'dev');
    const text = (greeting: string) => `export const greeting: string = ${greeting};`;
    write(cwd, 'package.json', '{ "type": "module" }');
    write(cwd, 'lib/greeting.ts', text("'first'"));
    write(
      cwd,
      'jobs.ts',
      `import { createJobs, defineProcessor, defineQueue } from '@bizinsights/jobs-core';
      import { z } from 'zod';
      import { greeting } from './lib/greeting.js';
      const queue = defineQueue({ name: 'greetings', schema: z.object({}) });
      const process_ = async (job) => {
        console.log(greeting, process.env.GREETED, 'begins');
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        console.log(greeting, 'ends');
      };
      export const jobs = createJobs({
        connection: 'memory:', queues: [queue], processors: [defineProcessor({ queue, process: process_ })],
      });
      jobs.events.on('worker:started', () => jobs.queue(queue).add({}));`,
    );
    const dev = start(cwd, 'dev');
    await dev.prints('first undefined begins');
    write(cwd, 'lib/greeting.ts', text("'second'"));
    // The running job ends first.
    await dev.prints('second undefined begins');
    expect(dev.output()).toMatch(/first ends[\s\S]*worker stopped[\s\S]*second undefined begins/);

    write(cwd, 'lib/greeting.ts', text("'unfinished"));
    await dev.prints('greeting.ts:1');
    write(cwd, 'lib/greeting.ts', text("'third'"));
    await dev.prints('third undefined begins');

    write(cwd, '.env', 'GREETED=Ann');
    await dev.prints('third Ann begins');
    dev.stop();
    expect(await dev.ended).toBe(0);
    expect(dev.output().match(/third ends/g)).toHaveLength(2);
  });
}

/** The program of the installed core. */
export function commandLine(project: string): string {
  return join(project, 'node_modules', '@bizinsights', 'jobs-core', 'dist', 'cli.js');
}

/** A process that goes on. */
export function startNode(cwd: string, args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { ...env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.on('close', () => process.off('exit', end));
  return {
    ended,
    output: () => output,
    stop: (signal: NodeJS.Signals = 'SIGINT') => child.kill(signal),
    prints: (text: string) => expect.poll(() => output, { timeout: 60_000 }).toContain(text),
  };
}

/** An app as it is before `init`. */
export function writeApp(folder: string, { files, manifest, compilerOptions: own }: App): void {
  for (const [path, text] of Object.entries(files)) write(folder, path, text);
  write(folder, 'package.json', JSON.stringify({ private: true, ...manifest }, undefined, '\t'));
  const compilerOptions = { strict: true, noEmit: true, skipLibCheck: true, ...own };
  write(folder, 'tsconfig.json', JSON.stringify({ compilerOptions, include: ['**/*.ts', '**/*.tsx'] }));
}

export function write(folder: string, path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}
