// Runs the demo as `npm start -- --once` does after its builds, on the built packages: `npm run build` first.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QueueName } from '@bizinsights/jobs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';

const app = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-once-'));
  children = [];
});
afterEach(async () => {
  for (const child of children.filter(({ exitCode }) => exitCode === null)) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

function start(file: string, environment: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: app,
    env: {
      ...process.env,
      NODE_ENV: 'test',
      REDIS_URL: '',
      DATABASE_URL: '',
      DATA_DIR: folder,
      TSX_TSCONFIG_PATH: join(app, 'tsconfig.json'),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  return child;
}

it('imports a small shop through the queues, and has what the platforms have', async () => {
  const services = start('src/demo/services.ts', {
    DEMO_SERVICES_PORT: '0',
    DEMO_DAYS: '100',
    DEMO_ORDERS_PER_DAY: '1',
  });
  const [message] = await once(services, 'message');
  const { port } = z.object({ port: z.number() }).parse(message);
  const run = start('src/demo/once.ts', { DEMO_SERVICES_URL: `http://127.0.0.1:${port}` });
  let output = '';
  run.stdout?.on('data', (chunk) => (output += chunk));
  const [code] = await once(run, 'exit');
  expect(output).toContain('Data Sync processor registered (concurrency: 5)');
  for (const queue of Object.values(QueueName)) expect(output).toMatch(new RegExp(`${queue} +[1-9]`));
  expect(output).toMatch(/days of revenue compared +\d\d/);
  expect(code).toBe(0);
}, 300_000);
