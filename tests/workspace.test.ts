import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { missingPeers, README_INSTALLS } from './packages/readme-installs.js';
import { packages, publishablePackages, root, specifiers } from './publishable-packages.js';

/** The packages that the waiting changesets name. */
const announced = readdirSync(join(root, '.changeset'))
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .flatMap((file) => {
    const [, header = ''] = readFileSync(join(root, '.changeset', file), 'utf8').split(/^---$/m);
    return [...header.matchAll(/^['"]?([^'":\s]+)['"]?:/gm)].map(([, name]) => name);
  });

const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')) as {
  compilerOptions: { paths: Record<string, string[]> };
};

/** Files of a folder besides tests. Where there are more, some have a subject of their own, which is a folder. */
const MOST_FILES = 20;

/** The folder and all below it. */
function foldersOf(folder: string): string[] {
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...inside.flatMap(({ name }) => foldersOf(join(folder, name)))];
}

test(`no source folder of a package, nor of the benchmarks, has more than ${MOST_FILES} files besides its tests`, () => {
  const sources = [...packages.map(({ folder }) => folder), join(root, 'benchmarks')];
  const folders = sources.flatMap((folder) => foldersOf(join(folder, 'src')));
  const counts = folders.map((folder) => {
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    return { folder: relative(root, folder), files: files.filter(({ name }) => !/\.test\.tsx?$/.test(name)).length };
  });
  expect(counts.length).toBeGreaterThan(packages.length);
  expect(counts.filter(({ files }) => files > MOST_FILES)).toEqual([]);
});

describe.each(publishablePackages)('$manifest.name', ({ manifest }) => {
  test('has been released, or a changeset announces its first release', () => {
    expect(manifest.version !== '0.1.0-0' || announced.includes(manifest.name)).toBe(true);
  });

  test('leads each of its subpaths to its sources, in `paths` of tsconfig.base.json', () => {
    for (const specifier of specifiers(manifest)) {
      expect(sources(specifier), `${specifier}, from the root`).toSatisfy(existsSync);
    }
  });
});

test.each(README_INSTALLS)('the README of $package tells to install all peers: $installed', (line) => {
  expect(line.installed).toContain(line.package);
  expect(missingPeers(line)).toEqual([]);
});

test('every README has an install line', () => {
  const names = publishablePackages.map(({ manifest: { name } }) => name);
  expect([...new Set(README_INSTALLS.map((line) => line.package))]).toEqual(names);
});

test('the READMEs of both adapters say in the same words what they take', () => {
  const [next, express] = ['next', 'express'].map((name) => {
    const text = readFileSync(join(root, 'packages', `adapters-${name}`, 'README.md'), 'utf8');
    const [, section = ''] = /^## What `\w+` takes\n(.*?)^## /ms.exec(text) ?? [];
    return section.replace(/^`\w+` takes a handler/m, 'This takes a handler').replace(/as (Next\.js|Express) says/, '');
  });
  expect(next).toContain('| `options.authorize` |');
  expect(next).toBe(express);
});

test('changesets name packages that will be published, and no other', () => {
  expect(publishablePackages.map(({ manifest }) => manifest.name)).toEqual(expect.arrayContaining(announced));
});

test('the lock file names no registry and no machine', () => {
  expect(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')).not.toMatch(/https?:|file:\/|tarball:/);
});

/** The file that a specifier stands for: its own line, or the one with a star. */
function sources(specifier: string): string {
  for (const [pattern, [target = '']] of Object.entries(compilerOptions.paths)) {
    const [before = '', after] = pattern.split('*');
    if (after === undefined ? specifier === pattern : specifier.startsWith(before) && specifier.endsWith(after)) {
      const star = specifier.slice(before.length, specifier.length - (after?.length ?? 0));
      return join(root, target.replace('*', star));
    }
  }
  return '';
}
