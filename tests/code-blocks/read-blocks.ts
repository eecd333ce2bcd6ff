/** The TypeScript blocks that readers see: in guides, and in the doc comments of the packages that are published. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { publishablePackages, root } from '../publishable-packages.js';

export interface CodeBlock {
  /** Where it stands, from the repository's root. */
  readonly file: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  readonly language: 'ts' | 'tsx';
  readonly code: string;
  /** What the comment before it says. A quote is compared with its source by scripts/quotes.mjs. */
  readonly kind: 'compiled' | 'quote' | 'not compiled';
}

const FENCE =
  /^(?<marker><!-- (?<kind>quote|not compiled)\b[^\n]* -->\n+)?```(?<language>tsx?)\n(?<code>[\s\S]*?)^```$/gm;
const DOC_COMMENT = /\/\*\*[\s\S]*?\*\//g;

/** All of them, in the order of their files. */
export function readBlocks(): CodeBlock[] {
  const guides = [...filesOf('.', (name) => name.endsWith('.md'))];
  const sources = publishablePackages.flatMap(({ folder }) =>
    filesOf(join(relative(root, folder), 'src'), (name) => /^(?!.*\.test\.).*\.tsx?$/.test(name)),
  );
  return [
    ...guides.flatMap((file) => blocksIn(file, readFileSync(join(root, file), 'utf8'))),
    ...sources.flatMap((file) => blocksInComments(file, readFileSync(join(root, file), 'utf8'))),
  ];
}

/** @param line where the text begins in its file */
export function blocksIn(file: string, text: string, line = 1): CodeBlock[] {
  return [...text.matchAll(FENCE)].map(({ index, groups = {} }) => {
    const { marker = '', kind, language, code = '' } = groups;
    return {
      file,
      line: line + linesIn(text.slice(0, index)) + linesIn(marker) + 1,
      language: language === 'tsx' ? 'tsx' : 'ts',
      code,
      kind: kind === 'quote' || kind === 'not compiled' ? kind : 'compiled',
    };
  });
}

/** Those of the doc comments of a source. */
export function blocksInComments(file: string, text: string): CodeBlock[] {
  return [...text.matchAll(DOC_COMMENT)].flatMap(({ 0: comment, index }) =>
    blocksIn(file, comment.replace(/^ *\* ?/gm, ''), linesIn(text.slice(0, index)) + 1),
  );
}

const linesIn = (text: string) => text.split('\n').length - 1;

/** The files below a folder, without hidden ones and those of tests. */
function filesOf(folder: string, isWanted: (name: string) => boolean): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !['node_modules', 'dist', 'fixtures'].includes(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesOf(path, isWanted);
      return isWanted(entry.name) ? [path.replaceAll('\\', '/')] : [];
    })
    .sort();
}
