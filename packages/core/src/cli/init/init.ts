/** `bizinsights-jobs init`: the first files of a project, and what to do next. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defined } from '../../defined.js';
import type { Answer } from '../answer.js';
import type { Call } from '../command-line.js';
import { type Project, readProject } from './project.js';
import { withScripts } from './scripts.js';
import { filesFor } from './templates.js';

/** What the written files import, and the drivers of the stores. */
const PACKAGES = ['@bizinsights/jobs-core', 'bullmq', 'ioredis', 'pg', '@electric-sql/pglite', 'zod'];
const ADAPTERS = { express: '@bizinsights/jobs-express', next: '@bizinsights/jobs-next' } as const;

export async function init({ directory, switches }: Call): Promise<Answer> {
  const project = readProject(directory, switches);
  const isForced = switches.has('force');
  const written: string[] = [];
  const kept: string[] = [];
  for (const [path, text] of Object.entries(filesFor(project))) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    const isNew = await writeNew(file, text, isForced);
    (isNew ? written : kept).push(path);
  }
  const scripts = await addScripts(project, isForced);
  const next = nextSteps(project, kept);
  const lines = [
    ...written.map((path) => `written  ${path}`),
    ...kept.map((path) => `kept     ${path}, which was there (--force writes it again)`),
    ...(scripts.length > 0 ? [`added    ${scripts.join(', ')} to the scripts of package.json`] : []),
    '',
    'Next:',
    ...next.map((step, index) => `${index + 1}. ${step}`),
  ];
  return { value: { framework: project.framework, written, kept, scripts, next }, text: lines.join('\n') };
}

/** False for a file that was there, and is as it was. */
async function writeNew(file: string, text: string, isForced: boolean): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: isForced ? 'w' : 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Answers the names of those that were added. */
async function addScripts({ directory, text, manifest, sources }: Project, isForced: boolean): Promise<string[]> {
  const commands = ['dev', 'worker', 'status'] as const;
  const all = commands.map((command) => [`jobs:${command}`, `bizinsights-jobs ${command} ${sources}jobs.ts`] as const);
  const added = all.filter(([name]) => isForced || !Object.hasOwn(manifest.scripts ?? {}, name));
  if (added.length > 0) await writeFile(join(directory, 'package.json'), withScripts(text, Object.fromEntries(added)));
  return added.map(([name]) => name);
}

function nextSteps(project: Project, kept: readonly string[]): string[] {
  const { framework, manifest, add, sources, hasConfig } = project;
  const here = { ...manifest.dependencies, ...manifest.devDependencies };
  const missing = [ADAPTERS[framework], ...PACKAGES].filter((name) => !Object.hasOwn(here, name));
  const isExpress = framework === 'express';
  const steps = {
    install: missing.length > 0 ? `${add} ${missing.join(' ')}` : undefined,
    mount: isExpress ? `app.use('/api/jobs', jobsRouter), which ${sources}jobs-router.ts exports` : undefined,
    config: !isExpress && hasConfig ? 'withJobs() of @bizinsights/jobs-next/config around your next.config' : undefined,
    worker: kept.includes(`${sources}instrumentation.ts`)
      ? 'await jobs.startWorker() in register(), if REDIS_URL is not set'
      : undefined,
    token: 'JOBS_TOKEN=$(openssl rand -hex 32) in .env opens /api/jobs/monitoring; .bizinsights/ belongs in .gitignore',
    run: 'start the app: without REDIS_URL it runs the worker too; with it, `npm run jobs:dev` does',
    add: `npx bizinsights-jobs add greetings '{"name":"Ann"}' ${sources}jobs.ts`,
  };
  return Object.values(defined(steps));
}
