// docs/BACKGROUND-JOBS-GUIDE.md says of each error what to do, and of each queue how it is used.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES, QueueName } from '@bizinsights/jobs-core';
import { expect, test } from 'vitest';
import { root } from './publishable-packages.js';

const guide = readFileSync(join(root, 'docs', 'BACKGROUND-JOBS-GUIDE.md'), 'utf8');

test.each(Object.values(ERROR_CODES))('the guide says what to do about %s', (code) => {
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
