// What the demo keeps in its data folder, which may have other things too: DATA_DIR is the user's choice.
import { rmSync } from 'node:fs';
import { join } from 'node:path';

const KEPT = [
  ...['jobs', 'reports', 'mails.jsonl', 'sandbox-main.json', 'sandbox-second.json'],
  ...['integration-keys', 'reports-secret', 'session-password'],
];

/** Removes these alone. */
export function removeDemoData(folder) {
  for (const name of KEPT) rmSync(join(folder, name), { recursive: true, force: true });
}
