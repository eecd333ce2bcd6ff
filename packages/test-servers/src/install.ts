/** Finds the servers' programs, and installs Redis where that can be done without asking. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a program, or undefined. */
export function findProgram(name: string, path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The newest installed PostgreSQL's folder of programs, or undefined. */
export function findPostgres(): string | undefined {
  const onPath = findProgram('initdb');
  if (onPath && findProgram('postgres')) return join(onPath, '..');
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

/** Where to look and what to say: replaced in the tests of this file. */
export interface Surroundings {
  readonly path: string;
  readonly isRoot: boolean;
  readonly say: (line: string) => void;
}

const HERE: Surroundings = {
  path: process.env.PATH ?? '',
  isRoot: process.getuid?.() === 0,
  say: (line) => process.stderr.write(`${line}\n`),
};

const COMMAND = 'apt-get install -y --no-install-recommends redis-server';

/**
 * The path of `redis-server`. As root on a Debian system it is installed when it is missing.
 *
 * @throws with the one command that installs it.
 */
export function ensureRedis({ path, isRoot, say }: Surroundings = HERE): string {
  const found = findProgram('redis-server', path);
  if (found) return found;
  const apt = findProgram('apt-get', path);
  if (!isRoot || !apt) {
    throw new Error(
      `The tests need redis-server, and it is not on the path. Install it, on Debian or Ubuntu by: sudo ${COMMAND}`,
    );
  }
  say(`redis-server is missing: installing it by "${COMMAND}"`);
  // RUNLEVEL 1: the package does not start its service, which would take port 6379.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  execFileSync(apt, ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(apt, ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const installed = findProgram('redis-server', path) ?? findProgram('redis-server', '/usr/bin');
  if (!installed) throw new Error(`redis-server is still missing after "${COMMAND}"`);
  return installed;
}
