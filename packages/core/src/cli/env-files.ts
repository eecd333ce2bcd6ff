/** `.env` files, as Node reads them. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError, toError } from '../errors.js';

/** Where a command looks for variables that are not set. */
export interface EnvFiles {
  /** Of `--env-file`: the last one wins. */
  readonly named: readonly string[];
  /** Where the command runs. */
  readonly directory: string;
  /** The host's module. */
  readonly module: string;
}

/**
 * The variables of all files: those that are named win over `.env` beside the module, which wins over `.env` in the folder
 * where the command runs.
 *
 * @throws {ConfigError} for a named file that is missing, and for one that can't be read
 */
export async function readEnvFiles({ named, directory, module }: EnvFiles): Promise<Record<string, string>> {
  const files = [...envFilesBeside({ directory, module }), ...named.map((file) => resolve(directory, file))];
  const read = await Promise.all(files.map((file, index) => readVariables(file, index >= files.length - named.length)));
  return Object.assign({}, ...read);
}

/** Where files are that need not be there: the one that wins last. */
export function envFilesBeside({ directory, module }: Pick<EnvFiles, 'directory' | 'module'>): string[] {
  return [...new Set([directory, dirname(module)])].map((folder) => join(folder, '.env'));
}

async function readVariables(file: string, isNamed: boolean): Promise<NodeJS.Dict<string>> {
  try {
    // Windows' editors begin a file with a mark of its encoding, which is no part of the first name.
    return parseEnv((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (thrown) {
    const error = toError(thrown);
    const code = 'code' in error ? error.code : undefined;
    // Python keeps a folder of this name.
    if (!isNamed && (code === 'ENOENT' || code === 'EISDIR')) return {};
    const message = code === 'ENOENT' ? `${file} does not exist` : `${file} can't be read: ${error.message}`;
    throw new ConfigError('The variables cannot be loaded', [{ path: [isNamed ? '--env-file' : '.env'], message }], {
      cause: error,
    });
  }
}
