// Runs the example as a user does, on the built packages: `npm run build` first.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createDatabase } from '@bizinsights/test-servers';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quickstart-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs it in a folder of its own, so that its store is a new one. */
function run(csv: string, environment: Record<string, string> = {}) {
  const { REDIS_URL: _, NODE_ENV: __, ...inherited } = process.env;
  const args = ['--import', tsx, join(here, 'main.ts'), csv, join(folder, 'received')];
  const env = { ...inherited, TSX_TSCONFIG_PATH: join(here, 'tsconfig.json'), ...environment };
  return promisify(execFile)(process.execPath, args, { cwd: folder, env });
}

function writeCsv(rows: number): string {
  const file = join(folder, 'some.csv');
  const lines = Array.from({ length: rows }, (_, n) => `c${n}@example.com,"Zoë ""Z"" Müller, ${n}",Bücher & Töne`);
  writeFileSync(file, ['email,name,organization', ...lines].join('\n'));
  return file;
}

describe('the quickstart', () => {
  it('sends each recipient one mail over a server that refuses now and then, each time that it is run', async () => {
    const csv = writeCsv(12);
    for (const _ of [1, 2]) {
      const { stdout } = await run(csv);
      expect(stdout).toMatch(/mails received +12\n/);
      expect(stdout).toMatch(/attempts tried again +2\n/);
      expect(stdout).toMatch(/mails lost +0\n +mails doubled +0\n/);
      expect(stdout).toContain('the store "embedded"');
      expect(readdirSync(join(here, '.bizinsights'))).not.toContainEqual(expect.stringMatching(/^quickstart-/));
      const files = readdirSync(join(folder, 'received'));
      expect(files).toHaveLength(12);
      expect(readFileSync(join(folder, 'received', 'c0@example.com.eml'), 'utf8')).toContain('c0@example.com');
    }
  }, 120_000);

  it('keeps the jobs in the Redis or the PostgreSQL that REDIS_URL names', async () => {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    for (const [engine, REDIS_URL] of Object.entries({ redis: inject('redisUrl'), postgres: url })) {
      const { stdout } = await run(writeCsv(7), { REDIS_URL });
      expect(stdout).toMatch(/mails received +7\n/);
      expect(stdout).toContain(`the store "${engine}"`);
    }
    await drop();
  }, 120_000);

  it('says which line of the file is wrong, and sends nothing', async () => {
    const csv = join(folder, 'wrong.csv');
    writeFileSync(csv, 'email,name,organization\nann@example.com,Ann,Acme\nno address,Bob,Acme\n');
    await expect(run(csv)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('line 3, email') });
  }, 120_000);
});
