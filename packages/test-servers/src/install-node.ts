/** Node of another major, by the npm package `node`: downloaded once, and kept where `npx` keeps what it runs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The newest release of each major that the packages are exercised on, from the oldest that they promise to run on.
 * Exact versions, so that `npx` finds what it has downloaded without asking.
 */
export const NODE_VERSIONS = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'] as const;

/**
 * The path of a Node binary, which is downloaded when it is missing: about 100 MB.
 *
 * @throws with what npm says when it cannot be downloaded
 */
export async function ensureNode(version: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'npx',
    ['--yes', '--prefer-offline', `--package=node@${version}`, '-c', 'node -p process.execPath'],
    { shell: process.platform === 'win32' },
  );
  return stdout.trim();
}
