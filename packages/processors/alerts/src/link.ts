/** Links that stand in a mail. */

/** What the email queue takes, characters. */
const MAX_LINK = 2_048;

/** Whether it is an http or https address. A host's callback may answer anything. */
export function isLink(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_LINK || !URL.canParse(value)) return false;
  return /^https?:$/.test(new URL(value).protocol);
}
