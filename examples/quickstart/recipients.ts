/** Who gets a mail: the CSV file, checked. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

const recipients = z.array(z.object({ email: z.email(), name: z.string().min(1), organization: z.string().min(1) }));
export type Recipient = z.output<typeof recipients>[number];

export function readRecipients(file: string): Recipient[] {
  const rows: unknown = parse(readFileSync(file), { columns: true, bom: true, skip_empty_lines: true, trim: true });
  const checked = recipients.safeParse(rows);
  // The header is line 1.
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new Error(`${file}, line ${Number(issue?.path[0] ?? 0) + 2}, ${String(issue?.path[1])}: ${issue?.message}`);
  }
  return checked.data;
}
