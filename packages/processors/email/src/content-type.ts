/** The content type of an attachment: a media type, with parameters where it has some (RFC 2045, 5.1). */
import { z } from 'zod';

/** Characters. What programs send is shorter, and it has to travel in one header. */
const LONGEST = 500;

/** Of a type, a subtype or a parameter (RFC 6838, 4.2). */
const NAME = '[\\w!#$&^.+-]+';
/** What may stand there without quotes: RFC 2045's `token`. */
const TOKEN = "[\\w!#$%&'*+.^`{|}~-]+";
/** ASCII without control characters; a backslash makes the next character an ordinary one. */
const QUOTED = '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\x20-\\x7e])*"';
const PARAMETER = ` *; *(${NAME})=(?:${TOKEN}|${QUOTED})`;

const CONTENT_TYPE = new RegExp(`^${NAME}/${NAME}(?:${PARAMETER})*$`);

const EXAMPLES = '"application/pdf" or "text/csv; charset=utf-8"';

/** Never more than one header: neither a line break nor another control character gets through. */
export const contentType = z
  .string()
  .max(LONGEST, `must be at most ${LONGEST} characters`)
  .regex(CONTENT_TYPE, `must be a media type in ASCII such as ${EXAMPLES}`)
  .refine((text) => !/^multipart\//i.test(text), 'must not be a multipart type: an attachment is one part')
  .refine((text) => !hasTwice(text), 'must not have a parameter twice');

function hasTwice(text: string): boolean {
  const names = [...text.matchAll(new RegExp(PARAMETER, 'g'))].map(([, name = '']) => name.toLowerCase());
  return new Set(names).size < names.length;
}
