// `npm run canary`: the behaviour suite of each engine with the newest BullMQ 6, ioredis 5 and 6 and pg 8, in a copy of this
// folder. Then each install line of the READMEs as npm, pnpm and Yarn take it today, and what a host compiles. It finds a
// change before a user does. Not part of `npm test`, because its result depends on the day.
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerHelp } from './help.mjs';
import { build, newestVersion, pnpm, root } from './steps.mjs';
import { runSteps } from './summary.mjs';
import { runVitest } from './vitest.mjs';

answerHelp(import.meta.url);

/** The majors that core is made for, by the names that it has for them. */
const WATCHED = {
  bullmq: { name: 'bullmq', major: '6' },
  ioredis: { name: 'ioredis', major: '6' },
  ioredis5: { name: 'ioredis', major: '5' },
  pg: { name: 'pg', major: '8' },
};

/** Parts of paths, as vitest takes them. */
const TESTS = ['.behaviour.test.ts'];

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bizinsights-canary-')));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

process.exitCode = await runSteps([
  { title: 'copy this folder, and ask for the newest versions', action: copy, isRequired: true },
  {
    title: 'install them',
    // The lock file names other versions.
    action: () => pnpm(['install', '--no-frozen-lockfile', '--prod=false'], { cwd: folder, quiet: true }),
    isRequired: true,
  },
  { title: 'the versions under test', action: compare, isRequired: true },
  {
    title: 'the behaviour suites with them',
    action: () => runVitest(folder, ['--project', 'engines', ...TESTS], { cwd: folder }),
  },
  { title: 'build', action: () => build('./packages/**'), isRequired: true },
  { title: 'the install lines of the READMEs', action: () => runVitest(root, ['--project', 'canary']) },
]);

async function copy() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of listed.toString().split('\0')) {
    // A deleted file is listed until its deletion is committed.
    if (file !== '' && existsSync(join(root, file))) cpSync(join(root, file), join(folder, file));
  }
  const versions = await Promise.all(
    Object.entries(WATCHED).map(async ([alias, { name, major }]) => [alias, name, await newestVersion(name, major)]),
  );
  // The file ends with its overrides.
  const lines = versions.map(
    ([alias, name, version]) => `  "${alias}": "${alias === name ? '' : `npm:${name}@`}${version}"\n`,
  );
  appendFileSync(join(folder, 'pnpm-workspace.yaml'), lines.join(''));
  return 0;
}

/** Prints the versions that core has here and in the copy. */
function compare() {
  for (const [alias, { name, major }] of Object.entries(WATCHED)) {
    const [ours, newest] = [root, folder].map((where) => versionIn(where, alias));
    console.log(`    ${name} ${newest}${newest === ours ? ', which is ours' : `, ours is ${ours}`}`);
    if (!newest.startsWith(`${major}.`)) return 1;
  }
  return 0;
}

function versionIn(where, name) {
  const manifest = join(where, 'packages', 'core', 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
