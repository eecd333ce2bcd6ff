/** Runs tests/fixtures/host/host.mjs in a project that has the packages installed. */
import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres, startRedis } from '../../packages/test-servers/src/index.js';
import { root } from '../publishable-packages.js';

const exec = promisify(execFile);

export interface HostServers {
  readonly redisUrl: string;
  readonly postgresUrl: string;
  stop(): Promise<void>;
}

export async function startHostServers(): Promise<HostServers> {
  const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  return {
    redisUrl: redis.url,
    postgresUrl: postgres.url,
    stop: async () => void (await Promise.all([redis.stop(), postgres.stop()])),
  };
}

let runs = 0;

/** What it prints: nothing of which is a warning of Node's. */
export async function runHost(project: string, { redisUrl, postgresUrl }: HostServers, node = process.execPath) {
  // Each has a copy of its own: while one was written again, a run that began then read an empty file, and did nothing.
  const program = `host-${++runs}.mjs`;
  copyFileSync(join(root, 'tests', 'fixtures', 'host', 'host.mjs'), join(project, program));
  // VITEST and NODE_ENV would tell the host that it is a test.
  const { VITEST: _vitest, NODE_ENV: _environment, ...env } = process.env;
  const { stdout, stderr } = await exec(node, [program, redisUrl, postgresUrl], { cwd: project, env });
  return { stdout, stderr };
}
