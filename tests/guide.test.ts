// docs/BACKGROUND-JOBS-GUIDE.md says of each error what to do, and of each queue how it is used.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES, QueueName } from '@bizinsights/jobs-core';
import { API_ERRORS } from '@bizinsights/jobs-core/monitoring';
import { expect, test } from 'vitest';
import { root } from './publishable-packages.js';

const guide = readFileSync(join(root, 'docs', 'BACKGROUND-JOBS-GUIDE.md'), 'utf8');

test.each([...Object.values(ERROR_CODES), ...Object.keys(API_ERRORS)])('the guide says what to do about %s', (code) => {
  expect(guide).toMatch(new RegExp(`^\\| .*\`${code}\`.* \\| .+ \\| .+ \\|$`, 'm'));
});

test.each(Object.values(QueueName))('the guide has a section with an example for the queue %s', (queue) => {
  const [, section = ''] = guide.split(`\n### \`${queue}\`\n`);
  expect(section.split('\n### ')[0]).toMatch(/<!-- quote examples\/features\/[\w-]+\.ts#\w+ -->\n```ts\n/);
});

test('what the contents list is there', () => {
  const links = [...guide.matchAll(/^\d+\. \[(?<title>[^\]]+)\]\(#(?<anchor>[^)]+)\)$/gm)];
  expect(links.length).toBeGreaterThan(6);
  for (const { groups: { title, anchor } = {} } of links) {
    expect(guide).toContain(`\n## ${title}\n`);
    expect(anchor).toBe(title?.toLowerCase().replaceAll(' ', '-'));
  }
});

/** Texts of the packages, each as what stands around that which a template puts in. */
const printed = ['packages', 'packages/processors']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name, 'src')))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
  .filter((file) => /(?<!\.test)\.ts$/.test(file))
  .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/`[^`\n]+`|'[^'\n]+'/g)])
  .map(([literal]) => literal.slice(1, -1).split(/\$\{(?:[^{}]|\{[^}]*\})*\}/))
  .filter((parts) => parts.join('').length > 10);

test.each(logLines())('the log line "%s" is one that the packages print', (line) => {
  expect(printed.some((parts) => isMadeOf(line, parts))).toBe(true);
});

test.each(['worker stops (SIGTERM): waits for … jobs', 'the worker of this job is gone', 'Foo processor started'])(
  'no package prints "%s"',
  (line) => {
    expect(printed.filter((parts) => isMadeOf(line, parts))).toEqual([]);
  },
);

/** Whether a line begins with the first part, ends with the last one, and has the others between them in this order. */
function isMadeOf(line: string, parts: readonly string[]): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return line === first;
  if (!line.startsWith(first)) return false;
  let end = first.length;
  for (const part of others) {
    const start = line.indexOf(part, end + 1);
    if (start < 0) return false;
    end = start + part.length;
  }
  return line.endsWith(last) && line.length > end + last.length;
}

/** Those of the table, and those of the start. */
function logLines(): string[] {
  const [, table = ''] = guide.split('\n### Log lines that matter\n');
  const rows = [...(table.split('\n### ')[0] ?? '').matchAll(/^\| `(?<line>.+?)` \|/gm)].map(([, line = '']) => line);
  const [, start = ''] = /prints a line for each processor[^`]*```\n(?<lines>[\s\S]*?)\n```/.exec(guide) ?? [];
  return [...rows, ...start.split('\n')];
}
