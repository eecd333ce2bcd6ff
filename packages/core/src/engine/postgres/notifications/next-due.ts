/** Has BullMQ look for its next delayed job by a function of ours, on PostgreSQL and the embedded store: see ../sql/next-due.ts. */

const CALL = /(?<![.\w])(?=next_(?:delay|signal)\()/;

const known = new Map<string, string>();

/** A statement of BullMQ as it is to be sent. */
export function withNextDue(text: string): string {
  let written = known.get(text);
  if (written === undefined) {
    written = text.replace(CALL, 'bizinsights_jobs.');
    known.set(text, written);
  }
  return written;
}
