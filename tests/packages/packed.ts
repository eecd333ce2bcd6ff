/** Packs every publishable package as npm would get it, and says with which versions a host installs them. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publishablePackages, readManifest, root } from '../publishable-packages.js';

const exec = promisify(execFile);

/** One line of `pnpm pack --json`. */
export interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** By the name of the package. Needs the built packages. */
export async function packAll(folder: string): Promise<Map<string, Packed>> {
  const filters = publishablePackages.flatMap(({ manifest }) => ['--filter', manifest.name]);
  const { stdout } = await exec(
    process.execPath,
    [join(root, 'scripts', 'pnpm.mjs'), '-r', ...filters, 'pack', '--json', '--pack-destination', folder],
    { cwd: root },
  );
  return new Map([JSON.parse(stdout) as Packed | Packed[]].flat().map((line) => [line.name, line]));
}

/** The types that a TypeScript host installs with the peers that have none of their own, or not all. */
const TYPES = [
  ...['@types/node', '@types/pg', '@types/emscripten', '@types/express', '@types/react', '@types/react-dom'],
];

/** What a host installs beside the packages, each in the version that this workspace has: all peers, and their types. */
export function pinnedPeers(): Record<string, string> {
  const peers = publishablePackages.flatMap(({ manifest }) => Object.keys(manifest.peerDependencies ?? {}));
  const names = [...new Set([...peers, ...TYPES])].filter((name) => !name.startsWith('@bizinsights/'));
  return Object.fromEntries(names.sort().map((name) => [name, installedVersion(name)]));
}

/** @param name as a package of this workspace depends on it */
export function installedVersion(name: string): string {
  const folders = [root, ...publishablePackages.map(({ folder }) => folder)];
  const manifests = folders.map((folder) => join(folder, 'node_modules', name, 'package.json'));
  const manifest = manifests.find((file) => existsSync(file));
  if (!manifest) throw new Error(`No package of this workspace has ${name} in its node_modules`);
  return readManifest(manifest).version;
}
