// `npm run docs`: copies the examples into the guides that quote them. With --check it changes no file, lists the guides
// that are out of date, and fails if there are any.
//
//   <!-- quote examples/features/retry.ts -->            the whole file
//   <!-- quote examples/features/retry.ts#processor -->  its lines between `// #region processor` and `// #endregion`
//
// The code block that follows is replaced. Between `<!-- features -->` and `<!-- end of features -->` stands a table with a
// row for each file that lies in examples/features itself: its name, and the comment that it begins with.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { answerHelp } from './help.mjs';
import { files, root } from './steps.mjs';

answerHelp(import.meta.url);

const QUOTE = /^<!-- quote (?<file>[^\s#]+)(?:#(?<region>\S+))? -->\n+```(?<language>\w+)\n[\s\S]*?^```$/gm;
const TABLE = /^<!-- features -->\n[\s\S]*?^<!-- end of features -->$/gm;
const FEATURES = 'examples/features';

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true });
const folder = positionals[0] ?? root;

const stale = files(folder, folder).filter((file) => file.endsWith('.md') && !isUpToDate(file));
for (const file of stale) console.log(values.check ? `${file} is out of date: run npm run docs` : `${file} updated`);
if (values.check && stale.length > 0) process.exitCode = 1;

function isUpToDate(guide) {
  const path = join(folder, guide);
  const text = readFileSync(path, 'utf8');
  const fresh = text
    .replace(QUOTE, (...match) => {
      const { file, region, language } = match.at(-1);
      const name = region ? `${file}#${region}` : file;
      return `<!-- quote ${name} -->\n\`\`\`${language}\n${quote(file, region, guide)}\n\`\`\``;
    })
    .replace(TABLE, () => `<!-- features -->\n${table()}\n<!-- end of features -->`);
  if (!values.check && fresh !== text) writeFileSync(path, fresh);
  return fresh === text;
}

/** The quoted lines of a file, without what marks regions, and without the indentation that they share. */
function quote(file, region, guide) {
  if (!existsSync(join(folder, file))) throw new Error(`${guide} quotes ${file}, which is not there`);
  const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
  const begin = region ? lines.findIndex((line) => line.trim() === `// #region ${region}`) : -1;
  if (region && begin < 0) throw new Error(`${guide} quotes the region "${region}" of ${file}, which is not there`);
  const length = region ? lines.slice(begin).findIndex((line) => line.trim() === '// #endregion') : lines.length + 1;
  if (length < 0) throw new Error(`The region "${region}" of ${file} has no end`);
  const quoted = lines.slice(begin + 1, begin + length).filter((line) => !/^\s*\/\/ #(end)?region\b/.test(line));
  const indentation = Math.min(...quoted.filter((line) => line !== '').map((line) => line.search(/\S/)));
  return quoted.map((line) => line.slice(indentation)).join('\n');
}

/** The examples as a table: the file, and what its comment begins with. */
function table() {
  const rows = files(join(folder, FEATURES), join(folder, FEATURES))
    .filter((file) => /^[^/\\]+(?<!\.test)\.ts$/.test(file))
    .map((file) => {
      const [comment = ''] = readFileSync(join(folder, FEATURES, file), 'utf8').split(/^(?!\/\/)/m, 1);
      return `| [${basename(file, '.ts')}](${file}) | ${comment
        .replace(/^\/\/ ?/gm, '')
        .trim()
        .replaceAll('\n', ' ')} |`;
    });
  return ['| example | what it shows |', '| --- | --- |', ...rows].join('\n');
}
