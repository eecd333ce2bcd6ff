/** Scripts for package.json, whose formatting is kept. */
import { isDeepStrictEqual } from 'node:util';

const STRING = '"(?:[^"\\\\]|\\\\.)*"';
/** The scripts of a package.json, if they are written as usual: `"scripts": {`, the entries, and what is before `}`. */
const SCRIPTS = new RegExp(`("scripts"\\s*:\\s*\\{)((?:\\s*${STRING}\\s*:\\s*${STRING}(?:\\s*,)?)*?)(\\s*\\})`);

/** The text of package.json with these scripts added at the end, or put in the place of those of the same name. */
export function withScripts(text: string, added: Readonly<Record<string, string>>): string {
  const parsed: Record<string, unknown> = JSON.parse(text);
  const { scripts = {} } = parsed;
  const wanted = { ...parsed, scripts: { ...Object(scripts), ...added } };
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ';
  const entries = (lead: string) =>
    Object.entries(added)
      .map(([name, command]) => `${lead}${JSON.stringify(name)}: ${JSON.stringify(command)}`)
      .join(',');
  const inner = `${newline}${indent}${indent}`;
  const inserted =
    'scripts' in parsed
      ? text.replace(SCRIPTS, (_all, open: string, body: string, close: string) => {
          const lead = /^\s*/.exec(body)?.[0] || inner;
          return `${open}${body}${body.trim() === '' ? '' : ','}${entries(lead)}${close === '}' ? `${newline}${indent}}` : close}`;
        })
      : text.replace(/\s*\}\s*$/, (end) => {
          const comma = Object.keys(parsed).length > 0 ? ',' : '';
          return `${comma}${newline}${indent}"scripts": {${entries(inner)}${newline}${indent}}${newline}${end.trimStart()}`;
        });
  // Written in another way than most are, or a script of this name is there.
  return isEqual(inserted, wanted)
    ? inserted
    : JSON.stringify(wanted, undefined, indent).replaceAll('\n', newline) + newline;
}

function isEqual(text: string, wanted: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(text), wanted);
  } catch {
    return false;
  }
}
