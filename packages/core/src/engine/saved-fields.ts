/** What attempts have saved, as a store gives it back. */
import { type AttemptRef, LIFE } from './bullmq/attempt-store.js';

/** Without what belongs to a removed job of the same id. */
export function decodeSaved(
  fields: readonly (readonly [string, string])[],
  { addedAt }: AttemptRef,
): Record<string, string> {
  const isOurs = fields.some(([field, value]) => field === LIFE && value === String(addedAt));
  return Object.fromEntries(isOurs ? fields.filter(([field]) => field !== LIFE) : []);
}
