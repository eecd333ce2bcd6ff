/** PM2 with a home of its own, which ends with the tests however they end. */
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { removeFolder, startServer, untilReady } from '@bizinsights/test-servers';
import { z } from 'zod';

const PROGRAM = join(dirname(createRequire(import.meta.url).resolve('pm2/package.json')), 'bin', 'pm2');

/** The file that a product is deployed with. */
export const ECOSYSTEM_FILE = fileURLToPath(new URL('../ecosystem.config.cjs', import.meta.url));

const processShape = z.object({
  name: z.string(),
  pid: z.number(),
  pm2_env: z.object({
    status: z.string(),
    exec_mode: z.string(),
    restart_time: z.number(),
    unstable_restarts: z.number(),
    kill_timeout: z.number(),
    exit_code: z.number().optional(),
  }),
});
type Pm2Process = z.output<typeof processShape>;

export interface Pm2 {
  /** Runs a command of PM2, and answers what it prints. Rejects where it fails. */
  run(...words: string[]): Promise<string>;
  /** The processes of a name, whatever their state. */
  processes(name: string): Promise<Pm2Process[]>;
  /** What the processes of a name have printed, in all of their lives. */
  outputOf(name: string): Promise<string>;
  /** What PM2 itself says of starts and ends. */
  log(): string;
  /** Stops all processes and PM2. */
  close(): Promise<void>;
}

/**
 * Starts PM2 in the foreground with the shipped file.
 *
 * @param only the processes of the file to start
 * @param environment what the file and its processes find in their environment
 */
export async function startPm2(only: readonly string[], environment: Readonly<Record<string, string>>): Promise<Pm2> {
  const home = mkdtempSync(join(tmpdir(), 'pm2-home-'));
  const { PATH = '', HOME = '' } = process.env;
  const env = {
    ...environment,
    PATH,
    HOME,
    PM2_HOME: home,
    // It asks a server of PM2's makers.
    PM2_DISABLE_VERSION_CHECK: 'true',
    NODE_ENV: 'production' as const,
  };
  const args = ['start', ECOSYSTEM_FILE, '--only', only.join(), '--no-daemon'];
  const server = startServer({ command: process.execPath, args: [PROGRAM, ...args], dir: home, env });
  const run = async (...words: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...words], { cwd: home, env });
    return stdout;
  };
  await untilReady(server, 'PM2', async () => only.every((name) => server.output().includes(`[${name}`)), 60_000);
  return {
    run,
    async processes(name) {
      const printed = await run('jlist', '--silent');
      return z
        .array(processShape)
        .parse(JSON.parse(printed))
        .filter((one) => one.name === name);
    },
    async outputOf(name) {
      const logs = await Promise.all(
        ['out', 'error'].map((kind) => readFile(join(home, 'logs', `${name}-${kind}.log`), 'utf8').catch(() => '')),
      );
      return logs.join('');
    },
    log: () => server.output(),
    async close() {
      await server.end('SIGINT');
      removeFolder(home);
    },
  };
}
