// Running vitest and reading what it counted: for `npm test` and `npm run stress`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onNode, root, tool } from './steps.mjs';

const VITEST = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const REPORTER = fileURLToPath(new URL('summary-reporter.mjs', import.meta.url));

const NOTHING = { counts: { passed: 0, failed: 0, skipped: 0 }, failures: [], times: [] };

/**
 * Runs vitest on the project in a folder, on this Node or on another major. A run without a test is a failure.
 * @returns {Promise<{ code: number, counts: { passed: number, failed: number, skipped: number },
 *   failures: import('./summary.mjs').Failure[], times: { project: string, file: string, ms: number }[] }>}
 *   with an entry for each test, hook and file that failed, and for each error that nobody handled
 */
export async function runVitest(folder, args, { node, ...options } = {}) {
  const scratch = mkdtempSync(join(tmpdir(), 'vitest-summary-'));
  const report = join(scratch, 'summary.json');
  try {
    const all = [
      ...['run', '--root', folder, ...args],
      ...['--reporter=default', `--reporter=${REPORTER}`, `--outputFile.summary=${report}`],
    ];
    const code = await (node ? onNode(node, [VITEST, ...all], options) : tool('vitest', all, options));
    const { counts, failures, times } = read(report);
    return { code: code === 0 && counts.passed === 0 ? 1 : code, counts, failures, times };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function read(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch (error) {
    console.error(`vitest left no summary: ${error.message}`);
    return NOTHING;
  }
}
