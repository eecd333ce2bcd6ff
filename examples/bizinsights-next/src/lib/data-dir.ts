/** The folder of what the app keeps on this machine: the embedded store, keys that it has made, report files. */
import { resolve } from 'node:path';

/** `DATA_DIR`, otherwise `.data` in the folder that the app was started in. */
export function dataDir(): string {
  return resolve(process.env.DATA_DIR?.trim() || '.data');
}
