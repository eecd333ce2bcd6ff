// What the next `changeset version` does, tried in a copy: one version for all packages, since they are released together.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { publishablePackages, root } from './publishable-packages.js';

const CHANGESET = join(root, 'node_modules', '@changesets', 'cli', 'bin.js');

test('the next release gives one version to all packages, and no major one that nobody asked for', () => {
  const copy = mkdtempSync(join(tmpdir(), 'release-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--', '.changeset', 'pnpm-workspace.yaml'];
  const listed = execFileSync('git', [...list, ':(glob)**/package.json'], { cwd: root, encoding: 'utf8' });
  const files = listed.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  execFileSync('git', ['init', '--quiet'], { cwd: copy });
  execFileSync(process.execPath, [CHANGESET, 'version'], { cwd: copy, stdio: 'pipe' });

  const versions = publishablePackages.map(({ folder, manifest }) => {
    const { version }: { version: string } = JSON.parse(
      readFileSync(join(copy, relative(root, folder), 'package.json'), 'utf8'),
    );
    return { name: manifest.name, version };
  });
  const [{ version } = { version: '' }] = versions;
  expect(versions).toEqual(publishablePackages.map(({ manifest: { name } }) => ({ name, version })));
  const current = publishablePackages[0]?.manifest.version ?? '';
  const asked = files.filter((file) => file.endsWith('.md')).some((file) => /^['"].*: major$/m.test(read(file)));
  if (!asked) expect(version.split('.')[0]).toBe(current.split('.')[0]);
  // The first one.
  if (current === '0.1.0-0') expect(version).toBe('0.1.0');
});

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
