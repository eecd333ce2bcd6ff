// Runs each file with tsx and without a server, and compares what it prints with its `// Output:`. A reader's run takes the
// sources of the packages; these take what is built, which starts in a fraction of the time: `npm run build` first.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const tsx = pathToFileURL(createRequire(join(root, 'package.json')).resolve('tsx')).href;

/** Without the `paths` of the repository, which lead to the sources. */
const folder = mkdtempSync(join(tmpdir(), 'features-'));
const tsconfig = join(folder, 'tsconfig.json');
writeFileSync(tsconfig, '{}');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every feature has an example. */
const FEATURES = [
  ...[
    'queue',
    'retry',
    'step',
    'cursor',
    'fair-tenants',
    'rate-limit',
    'deduplication',
    'reuse',
    'cancellation',
    'schedules',
  ],
  ...[
    'reconcile',
    'cache',
    'journal',
    'events',
    'testing',
    'email',
    'data-sync',
    'webhooks',
    'alerts',
    'store',
    'insights',
    'narrator',
    'detector',
    'series',
    'reports',
    'express',
    'nextjs',
    'hot-reload',
  ],
];

const files = readdirSync(here).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

test('each feature has a file, and each file is of a feature', () => {
  expect(files.map((file) => basename(file, '.ts')).sort()).toEqual([...FEATURES].sort());
});

describe.concurrent.each(files)('%s', (file) => {
  const source = readFileSync(join(here, file), 'utf8');

  test('prints what it says', async () => {
    const { stdout, stderr } = await inTurn(() => run(file));
    expect(stderr).toBe('');
    expect(stdout).toBe(expectedOutput(source));
  }, 600_000);

  test('is short', () => {
    expect(source.split('\n').length).toBeLessThanOrEqual(65);
  });
});

/** The comment that ends a file, without its slashes. Undefined where there is none: no file prints that. */
function expectedOutput(source: string): string | undefined {
  const [, lines] = /\n\/\/ Output:\n((?:\/\/.*\n)+)$/.exec(source) ?? [];
  return lines?.replace(/^\/\/ ?/gm, '');
}

function run(file: string): Promise<{ stdout: string; stderr: string }> {
  const { REDIS_URL: _, JOBS_TOKEN: __, NODE_ENV: ___, ...env } = process.env;
  // Each starts an embedded store, which is over before V8 has compiled its code a second time.
  return promisify(execFile)(process.execPath, ['--liftoff-only', '--import', tsx, join(here, file)], {
    cwd: root,
    env: { ...env, TSX_TSCONFIG_PATH: tsconfig },
  });
}

/** Two at a time, as each keeps a core busy while it starts. */
const lanes = [Promise.resolve(), Promise.resolve()];
let turns = 0;

function inTurn<T>(action: () => Promise<T>): Promise<T> {
  const lane = turns++ % lanes.length;
  const turn = (lanes[lane] ?? Promise.resolve()).then(action);
  lanes[lane] = turn.then(
    () => undefined,
    () => undefined,
  );
  return turn;
}
