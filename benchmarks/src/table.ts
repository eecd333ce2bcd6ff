/** Rows of text as a table that a person reads, or as Markdown. */

/** One line of the result. A cell that has nothing to say is empty. */
export interface Row {
  readonly subject: string;
  readonly jobs: string;
  readonly plain?: string;
  readonly ratio?: string;
  readonly goal?: string;
}

const COLUMNS = {
  subject: '',
  jobs: 'BizInsights Jobs',
  plain: 'plain BullMQ, or as named',
  ratio: 'ratio',
  goal: 'goal',
} as const satisfies Record<keyof Row, string>;
const KEYS = ['subject', 'jobs', 'plain', 'ratio', 'goal'] as const;

export function toTable(rows: readonly Row[], markdown: boolean): string {
  return formatTable(
    [COLUMNS, ...rows].map((row: Row) => KEYS.map((key) => row[key] ?? '')),
    markdown,
  );
}

/** @param lines the first one is the head */
export function formatTable(lines: readonly (readonly string[])[], markdown: boolean): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0), 3));
  const pad = (line: readonly string[]) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  const [head = [], ...body] = lines.map(pad);
  const rule = widths.map((width) => '-'.repeat(width));
  if (markdown) return [head, rule, ...body].map((line) => `| ${line.join(' | ')} |`).join('\n');
  return [head, rule, ...body].map((line) => line.join('  ').trimEnd()).join('\n');
}

/** 41,234 */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Of 1,000,000 bytes. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
