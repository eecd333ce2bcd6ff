/** What `init` finds out about the project that it is called in. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, toError } from '../../errors.js';
import { UsageError } from '../answer.js';

const FRAMEWORKS = ['express', 'next'] as const;
export type Framework = (typeof FRAMEWORKS)[number];

const names = z.record(z.string(), z.string()).optional();
const manifestSchema = z.looseObject({
  type: z.string().optional(),
  scripts: names,
  dependencies: names,
  devDependencies: names,
});

/** How the packages of a lock file are added. */
const ADD_BY_LOCK = {
  'pnpm-lock.yaml': 'pnpm add',
  'yarn.lock': 'yarn add',
  'bun.lock': 'bun add',
  'bun.lockb': 'bun add',
} as const;

export interface Project {
  readonly directory: string;
  /** The text of package.json, and what it says. */
  readonly text: string;
  readonly manifest: z.infer<typeof manifestSchema>;
  readonly framework: Framework;
  /** Where sources are: `src/`, or nothing for the folder itself. */
  readonly sources: string;
  /** How a source imports another one: Node's ES modules name the file that will be built. */
  readonly extension: '' | '.js';
  /** Of Next.js, which reads the first that it finds: one of any extension. */
  readonly hasConfig: boolean;
  /** How a package is added, such as `npm install`. */
  readonly add: string;
}

/**
 * @param switches may name the framework
 * @throws {ConfigError} where there is no package.json
 * @throws {UsageError} where the framework is not clear
 */
export function readProject(directory: string, switches: ReadonlySet<string>): Project {
  const { text, manifest } = readManifest(directory);
  const framework = frameworkOf(switches, { ...manifest.dependencies, ...manifest.devDependencies });
  const isThere = (path: string) => existsSync(join(directory, path));
  // Next.js has its pages in one of both, and then `src` may hold something else.
  const isAtTop = framework === 'next' && (isThere('app') || isThere('pages'));
  const lock = Object.entries(ADD_BY_LOCK).find(([file]) => isThere(file));
  return {
    directory,
    text,
    manifest,
    framework,
    sources: isThere('src') && !isAtTop ? 'src/' : '',
    extension: framework === 'express' && manifest.type === 'module' ? '.js' : '',
    hasConfig: ['ts', 'mts', 'js', 'mjs', 'cjs'].some((end) => isThere(`next.config.${end}`)),
    add: lock?.[1] ?? 'npm install',
  };
}

function readManifest(directory: string): Pick<Project, 'text' | 'manifest'> {
  try {
    const text = readFileSync(join(directory, 'package.json'), 'utf8');
    return { text, manifest: manifestSchema.parse(JSON.parse(text)) };
  } catch (thrown) {
    const { message } = toError(thrown);
    const problem = {
      path: ['package.json'],
      message: `cannot be read in ${directory}; \`npm init\` makes one: ${message}`,
    };
    throw new ConfigError('init needs a project', [problem], { cause: thrown });
  }
}

function frameworkOf(switches: ReadonlySet<string>, dependencies: Readonly<Record<string, string>>): Framework {
  const given = FRAMEWORKS.filter((name) => switches.has(name));
  const [framework, ...others] = given.length > 0 ? given : FRAMEWORKS.filter((name) => name in dependencies);
  if (framework && others.length === 0) return framework;
  const found = framework ? 'both Express and Next.js' : 'neither Express nor Next.js in package.json';
  throw new UsageError(`${given.length > 1 ? 'One of both' : `There is ${found}`}: name one by --express or --next`);
}
