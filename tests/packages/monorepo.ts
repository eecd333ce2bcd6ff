/** examples/recipes/monorepo with the packed packages, in a folder of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../publishable-packages.js';
import { compilerOf, type Major } from './host-types.js';
import { install, type ManagerName } from './package-managers.js';

const exec = promisify(execFile);
const WORKSPACES = ['packages/queues', 'apps/web', 'apps/worker'] as const;
type Workspace = (typeof WORKSPACES)[number];

interface Dependent {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/**
 * Copies and installs it.
 *
 * @param versions of what it depends on, by name
 * @param more what a workspace depends on besides
 */
export async function installMonorepo(
  manager: ManagerName,
  project: string,
  versions: Readonly<Record<string, string>>,
  more: Partial<Record<Workspace, Readonly<Record<string, string>>>> = {},
): Promise<void> {
  cpSync(join(root, 'examples', 'recipes', 'monorepo'), project, { recursive: true });
  for (const folder of ['.', ...WORKSPACES]) {
    const file = join(project, folder, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Dependent;
    const { dependencies = {}, devDependencies = {} } = manifest;
    for (const list of [dependencies, devDependencies]) {
      for (const name of Object.keys(list)) list[name] = versions[name] ?? (manager === 'npm' ? '*' : 'workspace:*');
    }
    const besides = WORKSPACES.find((each) => each === folder);
    const all = { ...dependencies, ...(besides ? more[besides] : {}) };
    writeFileSync(file, JSON.stringify({ ...manifest, dependencies: all, devDependencies }));
  }
  await install(manager, project, ['packages/*', 'apps/*']);
}

/** What `tsc -b` says: nothing, if all is well. */
export async function buildMonorepo(project: string, compiler: Major): Promise<string> {
  const tsc = join(compilerOf(compiler), 'bin', 'tsc');
  const { stdout } = await exec(process.execPath, [tsc, '-b'], { cwd: project }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

/** The copies of core that its workspaces find. */
export function copiesOfCore(project: string): string[] {
  const found = WORKSPACES.map((workspace) =>
    createRequire(join(project, workspace, 'package.json')).resolve('@bizinsights/jobs-core/package.json'),
  );
  return [...new Set(found)];
}

/** Runs the worker and the web app on a Redis until the web app ends. Gives what the web app has printed. */
export async function runMonorepo(project: string, redisUrl: string): Promise<string> {
  // VITEST and NODE_ENV would tell the apps that they are tests.
  const { VITEST: _vitest, NODE_ENV: _environment, ...inherited } = process.env;
  const env = { ...inherited, REDIS_URL: redisUrl, LOG_LEVEL: 'silent' };
  const main = (app: string) => join(project, 'apps', app, 'dist', 'main.js');
  const worker: ChildProcess = spawn(process.execPath, [main('worker')], { env, stdio: 'inherit' });
  try {
    return (await exec(process.execPath, [main('web')], { env })).stdout;
  } finally {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  }
}
