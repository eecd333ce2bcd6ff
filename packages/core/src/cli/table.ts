/** Tables for a terminal. */

/** The first column to the left, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return layOut(header, rows, (column) => column === 0);
}

/** Texts: all columns to the left. */
export function list(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return layOut(header, rows, () => true);
}

function layOut(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  isText: (column: number) => boolean,
): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [header, ...rows].map(line).join('\n');
}
