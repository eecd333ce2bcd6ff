/** Each test file is of one project of vitest, and a pure test has no server, process or store beside it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createVitest, type Vitest } from 'vitest/node';
import { openEmbedded } from '../packages/core/src/engine/embedded/engine.js';
import { LONG } from './long-first.js';
import { PURE } from './projects.js';
import { root } from './publishable-packages.js';

let vitest: Vitest;
/** The names of the projects of each file, relative to the root. */
const projectsOf = new Map<string, string[]>();

beforeAll(async () => {
  vitest = await createVitest('test', { root, watch: false, run: true });
  for (const { project, moduleId } of await vitest.globTestSpecifications()) {
    const file = relative(root, moduleId).replaceAll('\\', '/');
    projectsOf.set(file, [...(projectsOf.get(file) ?? []), project.name]);
  }
});
afterAll(() => vitest.close());

/** All test files below a folder, relative to the root. */
function testFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !/^(node_modules|dist|\..*)$/.test(name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return testFiles(path);
      return /\.test\.tsx?$/.test(path) ? [path] : [];
    });
}

/** A pattern as vitest reads it: `{a,b}`, `*` inside of a name, `**` for folders. */
function expressionOf(pattern: string): RegExp {
  const text = pattern
    .replaceAll('.', '\\.')
    .replaceAll(/\{([^}]*)\}/g, (_, names: string) => `(${names.replaceAll(',', '|')})`)
    .replaceAll(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(.+/)?'));
  return new RegExp(`^${text}$`);
}

/** A pattern for each name in its braces: a file that has moved away would leave its name behind. */
function alternativesOf(pattern: string): string[] {
  const [braces, names] = /\{([^}]*)\}(?!$)/.exec(pattern) ?? [];
  if (braces === undefined || names === undefined) return [pattern];
  return names.split(',').flatMap((name) => alternativesOf(pattern.replace(braces, name)));
}

test('each test file is of exactly one project', () => {
  const there = testFiles('');
  expect(there.length).toBeGreaterThan(200);
  expect(there.filter((file) => projectsOf.get(file)?.length !== 1)).toEqual([]);
  expect([...projectsOf.keys()].sort()).toEqual(there.sort());
});

test('each name of the list of pure tests, and of the long ones, is of a file that is there', () => {
  const pure = [...projectsOf].filter(([, [project]]) => project === 'pure').map(([file]) => file);
  const isThere = (pattern: string) => pure.some((file) => expressionOf(pattern).test(file));
  expect(PURE.flatMap(alternativesOf).filter((pattern) => !isThere(pattern))).toEqual([]);
  expect(LONG.filter((part) => ![...projectsOf.keys()].some((file) => file.includes(part)))).toEqual([]);
});

test('a pure test is refused a connection, a server, a process and the embedded store', async () => {
  expect(() => connect(1)).toThrow('A pure test connects to a server');
  expect(() => createServer().listen(0)).toThrow('A pure test starts a server');
  expect(() => spawn(process.execPath)).toThrow('A pure test starts a process');
  const dir = mkdtempSync(join(tmpdir(), 'pure-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  await expect(openEmbedded({ dir })).rejects.toThrow('opens the embedded store');
});
