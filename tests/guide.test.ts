// docs/BACKGROUND-JOBS-GUIDE.md says of each error what to do, and of each queue how it is used.
import { readdirSync, readFileSync } from 'node:fs';
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

/** Texts of the packages as patterns: what a template puts in may be anything. */
const printed = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(processors\/)?[\w-]+\/src\/.*(?<!\.test)\.ts$/.test(file.replaceAll('\\', '/')))
  .flatMap((file) => [...readFileSync(join(root, 'packages', file), 'utf8').matchAll(/`[^`\n]+`|'[^'\n]+'/g)])
  .map(([literal]) => literal.slice(1, -1).split(/\$\{(?:[^{}]|\{[^}]*\})*\}/))
  .filter((parts) => parts.join('').length > 10)
  .map((parts) => new RegExp(`^${parts.map(literally).join('.+')}$`));

test.each(logLines())('the log line "%s" is one that the packages print', (line) => {
  expect(printed.some((pattern) => pattern.test(line))).toBe(true);
});

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Those of the table, and those of the start. */
function logLines(): string[] {
  const [, table = ''] = guide.split('\n### Log lines that matter\n');
  const rows = [...(table.split('\n### ')[0] ?? '').matchAll(/^\| `(?<line>.+?)` \|/gm)].map(([, line = '']) => line);
  const [, start = ''] = /prints a line for each processor[^`]*```\n(?<lines>[\s\S]*?)\n```/.exec(guide) ?? [];
  return [...rows, ...start.split('\n')];
}
