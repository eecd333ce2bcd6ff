// The command that runs a test again.
import { relative } from 'node:path';

/**
 * @param {object} test
 * @param {string} test.root the folder of the vitest configuration
 * @param {string} test.project empty where there is one project without a name
 * @param {string} test.file relative to the root
 * @param {readonly string[]} test.names of the suites around it, and its own; none for the whole file
 * @param {boolean} [test.isSuite] it has tests behind its names
 * @returns {string} one line for a POSIX shell in the current folder
 */
export function commandOf({ root, project, file, names, isSuite = false }) {
  const folder = relative(process.cwd(), root);
  return [
    ...['npx', 'vitest', 'run'],
    ...(folder === '' ? [] : ['--root', folder]),
    ...(project === '' ? [] : ['--project', project]),
    file,
    // Vitest takes a regular expression, and compares it with all the names in a row.
    ...(names.length === 0 ? [] : ['-t', `^${names.map(escapeExpression).join(' ')}${isSuite ? ' ' : '$'}`]),
  ]
    .map(quote)
    .join(' ');
}

function escapeExpression(name) {
  return name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/\n/g, '\\n');
}

/** As one word of a POSIX shell. */
function quote(word) {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
