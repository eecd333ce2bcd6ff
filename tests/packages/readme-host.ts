/** A TypeScript host that installs by itself what one line of a README names. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { publishablePackages, specifiers } from '../publishable-packages.js';
import { compileEntries } from './host-types.js';
import { installProject, type ManagerName, PACKAGE_MANAGERS } from './package-managers.js';
import { README_INSTALLS, type ReadmeInstall } from './readme-installs.js';

export interface ReadmeHost extends ReadmeInstall {
  readonly manager: ManagerName;
}

const managers = Object.keys(PACKAGE_MANAGERS) as ManagerName[];

/** Each line, by each package manager. */
export const README_HOSTS: readonly ReadmeHost[] = README_INSTALLS.flatMap((line) =>
  managers.map((manager) => ({ manager, ...line })),
);

/** What it has besides; an app of Next.js has its own. */
const BESIDES: Readonly<Record<string, readonly string[]>> = {
  pg: ['@types/pg'],
  express: ['@types/express'],
  react: ['@types/react'],
  '@electric-sql/pglite': ['@types/emscripten'],
  '@bizinsights/jobs-next': ['next', 'react', 'react-dom', '@types/react', '@types/react-dom'],
};

/** Subpaths whose peer is optional, and not in each line. */
const NEEDS: Readonly<Record<string, string>> = { '@bizinsights/jobs-core/embedded': '@electric-sql/pglite' };

export interface ReadmeHostOptions {
  /** Where its folder is made, and removed. */
  readonly parent: string;
  /** Of what it installs; of a packed package its file. */
  readonly versionOf: (name: string) => string;
  /** What it installs to compile with. */
  readonly tools: readonly string[];
  /** The folder of TypeScript. */
  readonly compiler: (project: string) => string;
  /** Where the types of others may have errors. */
  readonly skipLibCheck: boolean;
}

/**
 * Installs it, and gives the errors of the imports of all entries of the README's package.
 *
 * @throws when the line lacks a peer, or a version is refused
 */
export async function compileReadmeHost(
  { manager, installed, package: name }: ReadmeHost,
  { parent, versionOf, tools, compiler, skipLibCheck }: ReadmeHostOptions,
): Promise<string[]> {
  const project = join(mkdtempSync(join(parent, 'readme-')), 'host');
  const wanted = [...installed, ...installed.flatMap((each) => BESIDES[each] ?? []), ...tools];
  await installProject(manager, project, Object.fromEntries(wanted.map((each) => [each, versionOf(each)])));
  const entries = publishablePackages
    .filter(({ manifest }) => manifest.name === name)
    .flatMap(({ manifest }) => specifiers(manifest))
    .filter((entry) => NEEDS[entry] === undefined || installed.includes(NEEDS[entry]));
  const errors = await compileEntries(project, entries, { compiler: compiler(project), skipLibCheck });
  rmSync(project, { recursive: true, force: true });
  return errors;
}
