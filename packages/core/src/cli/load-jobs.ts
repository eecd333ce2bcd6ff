/** Loads the module of the host that exports `jobs`: TypeScript or JavaScript, without a build. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import { ConfigError } from '../errors.js';
import type { Jobs } from '../jobs-instance.js';

/** Where the module is looked for when none is named. */
const CANDIDATES = ['jobs', 'src/jobs', 'worker', 'src/worker'].flatMap((name) =>
  ['ts', 'mts', 'js', 'mjs', 'cjs'].map((extension) => `${name}.${extension}`),
);

/** @throws {ConfigError} when there is no module, or it exports no jobs. */
export async function loadJobs(path: string | undefined, directory: string): Promise<Jobs> {
  const found = path ?? CANDIDATES.find((candidate) => existsSync(resolve(directory, candidate)));
  const refuse = (message: string) => new ConfigError('The jobs cannot be loaded', [{ path: ['module'], message }]);
  if (found === undefined) throw refuse('name a module that exports `jobs`, such as ./jobs.ts');
  const file = resolve(directory, found);
  if (!existsSync(file)) throw refuse(`${found} does not exist`);
  const module: unknown = await createJiti(pathToFileURL(file).href, { interopDefault: true }).import(file);
  const jobs = typeof module === 'object' && module !== null && 'jobs' in module ? module.jobs : undefined;
  if (!isJobs(jobs)) throw refuse(`${found} exports no \`jobs\` made by createJobs()`);
  return jobs;
}

/** By shape: the host may load the library in another format, and then its class is not ours. */
function isJobs(value: unknown): value is Jobs {
  return (
    typeof value === 'object' && value !== null && 'startWorker' in value && 'queues' in value && 'health' in value
  );
}
