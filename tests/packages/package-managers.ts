/** How the package managers of hosts install, each at its strictest about peers. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../publishable-packages.js';

const exec = promisify(execFile);
const require = createRequire(import.meta.url);
const shell = process.platform === 'win32';

/** Of npm's and pnpm's own output and of Yarn's, which warns and goes on. */
const PEER_WARNING = /YN00(02|60|86)|ERESOLVE|(unmet|missing) peer/;

/** Undefined where there is none. */
async function npmSetting(name: string): Promise<string | undefined> {
  const value = (await exec('npm', ['config', 'get', name], { shell })).stdout.trim();
  return value === '' || value === 'null' || value === 'undefined' ? undefined : value;
}

interface PackageManager {
  /** Beside package.json. Workspaces are patterns of folders; npm and Yarn have them in package.json. */
  readonly settings: (workspaces: readonly string[]) => Readonly<Record<string, string>>;
  /** Run one after the other. */
  readonly commands: (project: string) => readonly (readonly string[])[];
  readonly env?: () => Promise<Record<string, string>>;
}

const NPM = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];

export const PACKAGE_MANAGERS = {
  npm: {
    settings: () => ({}),
    // As a host's server installs, which refuses a lock file that a peer does not fit in.
    commands: () => [
      ['npm', 'install', '--package-lock-only', ...NPM],
      ['npm', 'ci', ...NPM],
    ],
  },
  pnpm: {
    settings: (workspaces) => ({
      'pnpm-workspace.yaml': `packages: ${JSON.stringify(workspaces)}\nhoist: false\nautoInstallPeers: false\nstrictPeerDependencies: true\nminimumReleaseAge: 0\n`,
    }),
    commands: (project) => [
      [
        ...[process.execPath, join(root, 'scripts', 'pnpm.mjs'), '-C', project, 'install'],
        ...['--ignore-scripts', '--no-frozen-lockfile', '--prefer-offline'],
      ],
    ],
  },
  yarn: {
    settings: () => ({
      '.yarnrc.yml':
        'nodeLinker: node-modules\nenableTelemetry: false\nenableScripts: false\nenableImmutableInstalls: false\nnpmMinimalAgeGate: 0\n',
      // A folder without its own is taken for a part of a project above it.
      'yarn.lock': '',
    }),
    commands: () => [[process.execPath, require.resolve('@yarnpkg/cli-dist/bin/yarn.js'), 'install']],
    // It reads no settings of npm's.
    env: async () => {
      const [registry, certificates] = await Promise.all(['registry', 'cafile'].map(npmSetting));
      return {
        ...(registry ? { YARN_NPM_REGISTRY_SERVER: registry } : {}),
        ...(certificates ? { YARN_HTTPS_CA_FILE_PATH: certificates } : {}),
      };
    },
  },
} as const satisfies Record<string, PackageManager>;

export type ManagerName = keyof typeof PACKAGE_MANAGERS;

/**
 * Makes a project of an ES module's host, and installs what it depends on.
 *
 * @throws when a peer is missing, or has a version that is refused
 */
export async function installProject(
  manager: ManagerName,
  project: string,
  dependencies: Readonly<Record<string, string>>,
): Promise<void> {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  await install(manager, project);
}

/**
 * Installs what the project in a folder depends on, and its workspaces.
 *
 * @param workspaces patterns of folders
 * @throws when a peer is missing, or has a version that is refused
 */
export async function install(
  manager: ManagerName,
  project: string,
  workspaces: readonly string[] = [],
): Promise<void> {
  const { settings, commands, env }: PackageManager = PACKAGE_MANAGERS[manager];
  for (const [name, text] of Object.entries(settings(workspaces))) writeFileSync(join(project, name), text);
  const options = { cwd: project, env: { ...process.env, ...(await env?.()) }, shell };
  for (const [program = '', ...args] of commands(project)) {
    const { stdout, stderr } = await exec(program, args, options);
    const warnings = `${stdout}\n${stderr}`.split('\n').filter((line) => PEER_WARNING.test(line));
    if (warnings.length > 0) throw new Error(`${manager} warns of peers:\n${warnings.join('\n')}`);
  }
}
