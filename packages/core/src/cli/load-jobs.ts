/** Loads the module of the host that exports `jobs`: TypeScript or JavaScript, without a build. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createJiti, type JitiOptions } from 'jiti';
import { ConfigError, toError } from '../errors.js';
import type { Jobs } from '../jobs-instance.js';

/** Where the module is looked for when none is named. */
const CANDIDATES = ['jobs', 'src/jobs'].flatMap((name) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((extension) => `${name}.${extension}`),
);

/** A module of the host: as it is called, and where it is. */
export interface HostModule {
  readonly name: string;
  readonly file: string;
}

/** @throws {ConfigError} when there is no module */
export function findModule(path: string | undefined, directory: string): HostModule {
  const name = path ?? CANDIDATES.find((candidate) => existsSync(resolve(directory, candidate)));
  if (name === undefined) throw refuse('name a module that exports `jobs`, such as ./jobs.ts');
  const file = resolve(directory, name);
  if (!existsSync(file)) throw refuse(`${name} does not exist in ${directory}`);
  return { name, file };
}

/** @throws {ConfigError} when the module fails, or exports no jobs */
export async function loadJobs(found: HostModule): Promise<Jobs> {
  const module = await load(found);
  const jobs = typeof module === 'object' && module !== null && 'jobs' in module ? module.jobs : undefined;
  if (!isJobs(jobs)) {
    throw refuse(`${found.name} exports no \`jobs\`; write: export const jobs = createJobs({ … })`);
  }
  return jobs;
}

async function load({ name, file }: HostModule): Promise<unknown> {
  const id = pathToFileURL(file).href;
  try {
    return await createJiti(id, { interopDefault: true, tsconfigPaths: true, ...reported(id) }).import(file);
  } catch (thrown) {
    const error = toError(thrown);
    // The library's own errors say what to do; by name, as the host may have loaded another copy of it.
    if (error.name === 'ConfigError' || error.name === 'QueueDefinitionError') throw error;
    throw refuse(`${name} fails when it is loaded: ${error.message}`, error);
  }
}

/** Whether another process wants to know which files are loaded: Node's own `--watch`, or `dev`. */
export function reportsFiles(): boolean {
  return process.send !== undefined && Boolean(process.env.WATCH_REPORT_DEPENDENCIES);
}

/**
 * Under `dev`, and under `node --watch`: tells which files are read, as Node tells of those that it loads itself. A file
 * with a syntax error too, before it fails. Nothing is cached, as what is cached is not read.
 */
function reported(id: string): JitiOptions {
  if (!reportsFiles()) return {};
  const { transform } = createJiti(id, { fsCache: false });
  return {
    fsCache: false,
    transform(options) {
      process.send?.({ 'watch:require': [options.filename] });
      return { code: transform(options) };
    },
  };
}

function refuse(message: string, cause?: Error): ConfigError {
  return new ConfigError('The jobs cannot be loaded', [{ path: ['module'], message }], { cause });
}

/** By shape: the host may load the library in another format, and then its class is not ours. */
function isJobs(value: unknown): value is Jobs {
  return (
    typeof value === 'object' && value !== null && 'startWorker' in value && 'queues' in value && 'health' in value
  );
}
