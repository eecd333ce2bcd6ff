/** Loads the module of the host that exports `jobs`: TypeScript or JavaScript, without a build. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import { ConfigError, toError } from '../errors.js';
import type { Jobs } from '../jobs-instance.js';

/** Where the module is looked for when none is named. */
const CANDIDATES = ['jobs', 'src/jobs'].flatMap((name) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((extension) => `${name}.${extension}`),
);

/** @throws {ConfigError} when there is no module, it fails, or it exports no jobs. */
export async function loadJobs(path: string | undefined, directory: string): Promise<Jobs> {
  const found = path ?? CANDIDATES.find((candidate) => existsSync(resolve(directory, candidate)));
  if (found === undefined) throw refuse('name a module that exports `jobs`, such as ./jobs.ts');
  const file = resolve(directory, found);
  if (!existsSync(file)) throw refuse(`${found} does not exist in ${directory}`);
  const module = await load(found, file);
  const jobs = typeof module === 'object' && module !== null && 'jobs' in module ? module.jobs : undefined;
  if (!isJobs(jobs)) {
    throw refuse(`${found} exports no \`jobs\`; write: export const jobs = createJobs({ … })`);
  }
  return jobs;
}

async function load(name: string, file: string): Promise<unknown> {
  try {
    return await createJiti(pathToFileURL(file).href, { interopDefault: true, tsconfigPaths: true }).import(file);
  } catch (thrown) {
    const error = toError(thrown);
    // The library's own errors say what to do; by name, as the host may have loaded another copy of it.
    if (error.name === 'ConfigError' || error.name === 'QueueDefinitionError') throw error;
    throw refuse(`${name} fails when it is loaded: ${error.message}`, error);
  }
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
