/**
 * Compiles blocks, all in one program. Each is a module of its own, beside the others of its guide: a block that begins
 * with `// jobs.ts` is the file of that name, and the others can import it.
 *
 * What a block takes as given, and neither declares nor imports, is looked up in
 * 1. for a doc comment, the exports of the file that it stands in,
 * 2. tests/fixtures/given: for packages/core/README.md in packages/core/README.ts, packages/core.ts and packages.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { root } from '../publishable-packages.js';
import type { CodeBlock } from './read-blocks.js';

/** Where the blocks stand for the compiler: in a project that has every package and every peer. No such folder is made. */
const FOLDER = join(root, 'examples', 'features', '.code-blocks');
const GIVEN = join(root, 'tests', 'fixtures', 'given');

/** A module that exists for the compiler alone. */
interface VirtualFile {
  readonly text: string;
  /** Where a reader finds it. */
  readonly file: string;
  /** Where its first line is. */
  readonly line: number;
}

/** What the compiler says, one line an error, with the place of the block. */
export function compileBlocks(blocks: readonly CodeBlock[]): string[] {
  const virtual = new Map<string, VirtualFile>(givenFiles().map((given) => [join(FOLDER, given.name), given]));
  for (const block of blocks) addBlock(block, virtual);
  const options = { ...readOptions(), jsx: ts.JsxEmit.ReactJSX, moduleDetection: ts.ModuleDetectionKind.Force };
  const program = ts.createProgram([...virtual.keys()], options, createHost(options, virtual));
  return [...virtual].flatMap(([path, { file, line }]) => {
    const source = program.getSourceFile(path);
    if (!source) throw new Error(`${path} is not in the program`);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
      const at = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + line;
      return `${file}:${at} TS${diagnostic.code} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
  });
}

function readOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  // A snippet shows a declaration and not always its use, and imports what it takes as given, types among it.
  const lenient = {
    noUnusedLocals: false,
    noUnusedParameters: false,
    verbatimModuleSyntax: false,
    isolatedModules: false,
  };
  return { ...options, ...lenient, declaration: false, noEmit: true };
}

function createHost(options: ts.CompilerOptions, virtual: ReadonlyMap<string, VirtualFile>): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const folders = new Set([...virtual.keys()].flatMap(parentsOf));
  return {
    ...host,
    fileExists: (path) => virtual.has(path) || host.fileExists(path),
    directoryExists: (path) => folders.has(path) || ts.sys.directoryExists(path),
    readFile: (path) => virtual.get(path)?.text ?? host.readFile(path),
    getSourceFile(path, target, ...rest) {
      const file = virtual.get(path);
      return file ? ts.createSourceFile(path, file.text, target, true) : host.getSourceFile(path, target, ...rest);
    },
  };
}

/** The folders that a path is in. */
function parentsOf(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...parentsOf(folder)];
}

function addBlock(block: CodeBlock, virtual: Map<string, VirtualFile>): void {
  const place = block.file.replace(/\.\w+$/, '');
  const [, name = `line-${block.line}.${block.language}`] = /^\/\/ (\S+\.tsx?)\n/.exec(block.code) ?? [];
  const path = join(FOLDER, place, name);
  if (virtual.has(path)) throw new Error(`${block.file}:${block.line} is a second ${name}`);
  const known = declaredNames(block.code);
  const imports: string[] = [];
  const take = (names: readonly string[], from: string) => {
    const taken = names.filter((one) => !known.has(one) && mentions(block.code, one));
    if (taken.length > 0) imports.push(`import { ${taken.join(', ')} } from '${from}';`);
    for (const one of taken) known.add(one);
  };
  const own = join(root, block.file);
  if (!block.file.endsWith('.md')) take(exportedNames(readFileSync(own, 'utf8')), own.replace(/\.tsx?$/, '.js'));
  for (const { file, module } of givenFor(place)) take(exportedNames(virtual.get(file)?.text ?? ''), module);
  // At the end, so that each line keeps its number.
  virtual.set(path, { text: `${block.code}${imports.join('\n')}`, file: block.file, line: block.line });
}

/** What is given to a guide or a source, the nearest first. */
const givenFor = (place: string) =>
  [place, ...parentsOf(place)].map((path) => ({
    file: join(FOLDER, `${path}.ts`),
    module: join(FOLDER, `${path}.js`),
  }));

const mentions = (code: string, name: string) => new RegExp(`\\b${name}\\b`).test(code);

/** What is given for nothing: no block below the folder of its file mentions it, and no other such file. */
export function unusedGiven(blocks: readonly CodeBlock[]): string[] {
  const given = givenFiles();
  return given.flatMap(({ name, text, file }) => {
    const place = name.replace(/\.ts$/, '');
    const readers = [
      ...blocks.filter((block) => block.file.startsWith(`${place}.`) || block.file.startsWith(`${place}/`)),
      ...blocks.filter((block) => dirname(place) === block.file.replace(/\.\w+$/, '')),
    ].map(({ code }) => code);
    const others = given.filter((other) => other.name !== name).map((other) => other.text);
    return exportedNames(text)
      .filter((one) => ![...readers, ...others].some((code) => mentions(code, one)))
      .map((one) => `${file} gives ${one}`);
  });
}

/** All files of tests/fixtures/given: they import one another. */
function givenFiles(): (VirtualFile & { readonly name: string })[] {
  const names = readdirSync(GIVEN, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return names.map((name) => {
    const text = readFileSync(join(GIVEN, name), 'utf8');
    return { name, text, file: `tests/fixtures/given/${name}`, line: 1 };
  });
}

const parse = (code: string) => ts.createSourceFile('block.tsx', code, ts.ScriptTarget.ES2022, true);

/** What the statements of a module declare or import. */
function declaredNames(code: string): Set<string> {
  return new Set(parse(code).statements.flatMap((statement) => namesOf(statement)));
}

/** Each once, as a function may have overloads, and a type the name of a value. */
function exportedNames(code: string): string[] {
  const names = parse(code).statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause } = statement;
      return exportClause && ts.isNamedExports(exportClause) ? exportClause.elements.map(({ name }) => name.text) : [];
    }
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ? namesOf(statement) : [];
  });
  return [...new Set(names)];
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  }
  if (ts.isImportDeclaration(statement)) {
    const { name, namedBindings } = statement.importClause ?? {};
    const named = namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : [];
    return [name, ...named.map((element) => element.name)].flatMap((one) => (one ? [one.text] : []));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name ? [statement.name.text] : [];
}

/** `a`, or the names in `{ a, b: [c] }`. */
function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}
