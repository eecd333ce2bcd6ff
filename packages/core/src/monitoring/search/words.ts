/** What a search looks for in a job: whole words of its data and its error, and whose it is. */
import type { JobText } from '../../engine/contract.js';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import { tenantOfJob } from '../../queue/job-tenant.js';
import { createRedactor, type Redactor } from '../../queue/redact.js';

/** A job as a search sees it: without what is redacted, as a search that finds a hidden word would tell it. */
export interface Searchable {
  readonly text: string;
  readonly tenant: string | undefined;
}

/** Letters and digits of any script. What stands between them separates words. */
const WORD = /[\p{L}\p{N}]+/gu;

/** Longer words are cut, here and in what is asked. */
const MAX_WORD = 64;

/** What is searched of a job, from its beginning: its words are kept in memory. Characters. */
const SEARCHED_TEXT = 50_000;

export function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  for (const [word] of text.toLowerCase().matchAll(WORD)) words.add(word.slice(0, MAX_WORD));
  return words;
}

/** Makes the searchable form of a queue's jobs. */
export function createReader(queue: AnyQueueDefinition): (job: JobText) => Searchable {
  const redactor: Redactor = createRedactor(queue.redact);
  return ({ data, failedReason, opts }) => {
    const parsed: unknown = JSON.parse(data);
    // The error first: of data that is too long to be searched whole, the end is left out.
    const error = beginningOf(redactor.text(failedReason, parsed), SEARCHED_TEXT / 2);
    const content = beginningOf(textOf(redactor.data(parsed)), SEARCHED_TEXT - error.length);
    return {
      text: `${content} ${error}`.toLowerCase(),
      tenant: tenantOfJob(queue, { data: parsed, opts }),
    };
  };
}

/** Without the word in whose middle it ends: it would be found as another one. */
function beginningOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const beginning = text.slice(0, length);
  // A word is looked at up to its 64th character.
  const last = beginning.slice(-MAX_WORD).replace(/[\p{L}\p{N}\p{Surrogate}]+$/u, '');
  return beginning.slice(0, -MAX_WORD) + last;
}

/** Every value and key of the data, apart from the signs of JSON, whose escapes would stick to words. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  return Object.entries(value)
    .map(([key, item]) => `${key} ${textOf(item)}`)
    .join(' ');
}
