/** Attachments, as a job carries them. */
import { z } from 'zod';
import { EMAIL_LIMITS } from './limits.js';
import { line } from './texts.js';

/** Of a media type or a parameter (RFC 6838, 4.2). */
const NAME = '[\\w!#$&^.+-]+';
/** What may stand without quotes (RFC 2045, 5.1), and what needs them: ASCII without control characters. */
const TOKEN = "[\\w!#$%&'*+.^`{|}~-]+";
const QUOTED = '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\x20-\\x7e])*"';
const PARAMETER = ` *; *(${NAME})=(?:${TOKEN}|${QUOTED})`;

/** A media type with its parameters. It ends up in a header, as a line does. */
const contentType = z
  .string()
  // What is longer is not searched: that would take the square of its length.
  .max(500, { error: 'must be at most 500 characters', abort: true })
  .regex(
    new RegExp(`^${NAME}/${NAME}(?:${PARAMETER})*$`),
    'must be a media type in ASCII such as "application/pdf" or "text/csv; charset=utf-8"',
  )
  .refine((text) => !/^multipart\//i.test(text), 'must not be a multipart type: an attachment is one part')
  .refine((text) => {
    const names = [...text.matchAll(new RegExp(PARAMETER, 'g'))].map(([, name = '']) => name.toLowerCase());
    return new Set(names).size === names.length;
  }, 'must not have a parameter twice');

const attachment = z.strictObject({
  filename: line.max(255).regex(/^[^/\\]+$/, 'must be a name without a folder'),
  /** base64. Never a path or an address: a job must not be able to read the worker's files or its network. */
  content: z.string().refine((text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text), 'must be base64'),
  /** Such as `application/pdf` or `text/calendar; method=REQUEST`. Default: what the name's ending says. */
  contentType: contentType.optional(),
});

export const attachments = z
  .array(attachment)
  .refine(
    (list) => list.reduce((total, { content }) => total + bytesOf(content), 0) <= EMAIL_LIMITS.attachmentBytes,
    `must be at most ${EMAIL_LIMITS.attachmentBytes / 1024 / 1024} MB together; send a link to what is larger`,
  );

function bytesOf(base64: string): number {
  return (base64.length * 3) / 4 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);
}

export type EmailAttachment = z.output<typeof attachment>;
