/** Waits for a change of files. */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Between two looks. ms. Files are looked at, as their system's own notice does not come from all disks (of another
 * machine, of a container's host), and differs in what a rename or a new file is.
 */
const INTERVAL = 300;

/**
 * Resolves when one of the files has changed, come or gone, and nothing has changed since for one interval. Rejects when it
 * is aborted.
 */
export async function untilChanged(files: () => Iterable<string>, signal: AbortSignal): Promise<void> {
  const before = new Map<string, string>();
  let changed = false;
  for (;;) {
    let isQuiet = true;
    for (const file of files()) {
      const state = await stateOf(file);
      const known = before.get(file);
      before.set(file, state);
      if (known !== undefined && known !== state) isQuiet = false;
    }
    if (changed && isQuiet) return;
    changed ||= !isQuiet;
    await sleep(INTERVAL, undefined, { signal });
  }
}

async function stateOf(file: string): Promise<string> {
  // Read before it is there, or just when an editor puts another one in its place.
  const found = await stat(file).catch(() => undefined);
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : '';
}
