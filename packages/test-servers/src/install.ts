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

/** A program that the tests need, and what to install where none of its names is on the path. */
interface Needed {
  readonly names: readonly string[];
  readonly debianPackages: readonly string[];
}

const REDIS: Needed = { names: ['redis-server'], debianPackages: ['redis-server'] };

/** With fonts: a page without any shows boxes. Ubuntu's package of this name only points to a snap. */
const CHROMIUM: Needed = {
  names: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  debianPackages: ['chromium', 'fonts-dejavu-core'],
};

/**
 * The path of `redis-server`. As root on a Debian system it is installed when it is missing.
 *
 * @throws with the one command that installs it.
 */
export function ensureRedis(surroundings: Surroundings = HERE): string {
  return ensureProgram(REDIS, surroundings);
}

/**
 * The path of Chromium or Chrome. As root on a Debian system it is installed when it is missing.
 *
 * @throws with the one command that installs it.
 */
export function ensureChromium(surroundings: Surroundings = HERE): string {
  return ensureProgram(CHROMIUM, surroundings);
}

function ensureProgram({ names, debianPackages }: Needed, { path, isRoot, say }: Surroundings): string {
  const find = (folders: string) => {
    for (const name of names) {
      const found = findProgram(name, folders);
      if (found) return found;
    }
    return undefined;
  };
  const found = find(path);
  if (found) return found;
  const [program] = names;
  const args = ['--no-install-recommends', ...debianPackages];
  const command = `apt-get install -y ${args.join(' ')}`;
  const apt = findProgram('apt-get', path);
  if (!isRoot || !apt) {
    throw new Error(
      `The tests need ${program}, and it is not on the path. Install it, on Debian or Ubuntu by: sudo ${command}`,
    );
  }
  say(`${program} is missing: installing it by "${command}"`);
  // RUNLEVEL 1: a package does not start its service. Redis's would take port 6379.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  execFileSync(apt, ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(apt, ['install', '-y', '-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const installed = find(path) ?? find('/usr/bin');
  if (!installed) throw new Error(`${program} is still missing after "${command}"`);
  return installed;
}
