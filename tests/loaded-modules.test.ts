// What Node loads for an import of the built packages (`npm run build`), counted file by file.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishablePackages, specifiers } from './publishable-packages.js';

type Format = 'module' | 'commonjs';
const FORMATS: readonly Format[] = ['module', 'commonjs'];

const ENGINES = ['bullmq', 'ioredis', 'pg', '@electric-sql/pglite'];
const LOGGERS = ['pino', 'pino-pretty'];
const CRON = ['croner', 'cronstrue'];
/** None of them may be loaded for a definition. zod is the host's, and so is its weight. */
const HEAVY = [...ENGINES, ...LOGGERS, ...CRON, 'hono', 'prom-client', 'jiti'];

/** Files besides zod's: some more than there are today. */
const MOST = { define: 12, queue: 14, root: 25 } as const;

const exec = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'loaded-modules-'));
const hooks = join(folder, 'hooks.mjs');
const register = join(folder, 'register.mjs');

beforeAll(() => {
  // Sees what is imported. What CommonJS files require among themselves stands in their cache.
  writeFileSync(
    hooks,
    `import { appendFileSync } from 'node:fs';
     let list;
     export function initialize(data) { list = data.list; }
     export async function load(url, context, next) {
       if (url.startsWith('file:')) appendFileSync(list, url + '\\n');
       return await next(url, context);
     }`,
  );
  writeFileSync(
    register,
    `import { writeFileSync } from 'node:fs';
     import { register } from 'node:module';
     writeFileSync(process.env.LOADED_FILES, '');
     register('./hooks.mjs', import.meta.url, { data: { list: process.env.LOADED_FILES } });`,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;

/** The files that Node loads for code that imports a package from within it, as a host does from outside. */
async function loadedBy(inside: string, format: Format, code: string): Promise<string[]> {
  const list = join(folder, `${++runs}.txt`);
  const cached = "console.log(JSON.stringify(Object.keys(process.getBuiltinModule('node:module')._cache)));";
  const { stdout } = await exec(
    process.execPath,
    [
      '--import',
      pathToFileURL(register).href,
      `--input-type=${format}`,
      '--eval',
      `(async () => {\n${code}\n${cached}\n})();`,
    ],
    { cwd: inside, env: { ...process.env, LOADED_FILES: list } },
  );
  const required: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (!Array.isArray(required)) throw new Error(`No list of files: ${stdout}`);
  const imported = readFileSync(list, 'utf8').split('\n').filter(Boolean);
  return [...new Set([...imported.map((url) => fileURLToPath(url)), ...required.map(String)])];
}

const load = (specifier: string, format: Format) =>
  format === 'module' ? `await import('${specifier}')` : `require('${specifier}')`;

/** Of the packages that these files are of, those that are named. */
function among(files: readonly string[], names: readonly string[]): string[] {
  return names.filter((name) => files.some((file) => packageOf(file) === name));
}

function packageOf(file: string): string | undefined {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file.replaceAll('\\', '/'))?.[1];
}

const besidesZod = (files: readonly string[]) => files.filter((file) => packageOf(file) !== 'zod');

const core = publishablePackages.find(({ manifest }) => manifest.name === '@bizinsights/jobs-core')?.folder ?? '';
const contracts = publishablePackages.flatMap(({ folder: inside, manifest }) =>
  specifiers(manifest)
    .filter((specifier) => specifier.endsWith('/queue'))
    .map((specifier) => ({ inside, specifier })),
);

describe.each(FORMATS)('in a %s', (format) => {
  test('@bizinsights/jobs-core/define loads no engine, no logger and no scheduler', async () => {
    const files = await loadedBy(core, format, load('@bizinsights/jobs-core/define', format));
    expect(among(files, HEAVY)).toEqual([]);
    expect(besidesZod(files).length).toBeGreaterThan(0);
    expect(besidesZod(files).length).toBeLessThanOrEqual(MOST.define);
  });

  test.each(contracts)('$specifier loads no more than ./define and itself', async ({ inside, specifier }) => {
    const files = await loadedBy(inside, format, load(specifier, format));
    expect(among(files, HEAVY)).toEqual([]);
    expect(among(files, ['zod'])).toEqual(['zod']);
    expect(besidesZod(files).length).toBeLessThanOrEqual(MOST.queue);
  });

  test('the root loads no engine, no logger and no croner', async () => {
    const files = await loadedBy(core, format, load('@bizinsights/jobs-core', format));
    expect(among(files, HEAVY)).toEqual([]);
    expect(besidesZod(files).length).toBeLessThanOrEqual(MOST.root);
  });

  test('createJobs loads a driver with the first operation, and no other driver', async () => {
    const create = `const { createJobs } = ${load('@bizinsights/jobs-core', format)};
      const connection = 'redis://127.0.0.1:1';
      const jobs = createJobs({ connection, queues: [], environment: { LOG_LEVEL: 'silent' } });`;
    const close = 'await jobs.close();';
    expect(among(await loadedBy(core, format, `${create} ${close}`), HEAVY)).toEqual(['pino']);
    const used = await loadedBy(core, format, `${create} await jobs.health(); ${close}`);
    expect(among(used, HEAVY)).toEqual(['bullmq', 'ioredis', 'pino']);
  });
});
