/** Which alerts are one alert. */
import { createHash } from 'node:crypto';
import type { AlertJob } from './queue.js';

/** The job's own fingerprint, or one made from its type, source, title and labels, in whatever order these stand. */
export function fingerprintOf({ fingerprint, type, source, title, labels = {} }: AlertJob): string {
  if (fingerprint !== undefined) return fingerprint;
  const sorted = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([type, source, title, sorted]))
    .digest('hex');
}
