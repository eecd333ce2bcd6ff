/** The folder of what the app keeps on this machine: the embedded store, keys that it has made, report files. */
import { resolve } from 'node:path';

/** `DATA_DIR`, otherwise `.data` in the folder that the app was started in. */
export function dataDir(): string {
  // A build would otherwise take the whole project for files that the app reads.
  return resolve(/* turbopackIgnore: true */ process.env.DATA_DIR?.trim() || '.data');
}
