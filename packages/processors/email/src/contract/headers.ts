/**
 * The extra headers that a job may set, each with the form of its value.
 *
 * A fixed list and no `X-…` of one's own: mail services read commands from such headers (`X-SMTPAPI`, `X-MC-…`,
 * `X-SES-CONFIGURATION-SET`, `X-Mailgun-…`), and whoever adds a job must not be able to give them.
 */
import { z } from 'zod';
import { EMAIL_LIMITS } from './limits.js';

const MESSAGE_ID = '<[\\x21-\\x3b\\x3d\\x3f-\\x7e]+>';
const UNSUBSCRIBE = '<(?:https?://|mailto:)[\\x21-\\x3b\\x3d\\x3f-\\x7e]+>';

/** One line of ASCII, which is what a header may hold. Other letters stand in encoded words (RFC 2047). */
function value(form: RegExp, expected: string) {
  return z
    .string()
    .max(EMAIL_LIMITS.headerLength, { error: `must be at most ${EMAIL_LIMITS.headerLength} characters`, abort: true })
    .regex(form, `must be ${expected}`)
    .optional();
}

const oneOf = (...words: string[]) =>
  value(new RegExp(`^(?:${words.join('|')})$`), words.join(', ').replace(/, (?=[^,]*$)/, ' or '));

export const headers = z.strictObject({
  /** RFC 2369, 3.2: `<https://app.example.com/unsubscribe?t=7>, <mailto:unsubscribe@example.com>` */
  'List-Unsubscribe': value(
    new RegExp(`^${UNSUBSCRIBE}(?:, ?${UNSUBSCRIBE})*$`),
    'http, https or mailto addresses in angle brackets, such as "<https://example.com/unsubscribe>"',
  ),
  /** RFC 8058: the address above unsubscribes by a POST, without a page in between. */
  'List-Unsubscribe-Post': value(/^List-Unsubscribe=One-Click$/, '"List-Unsubscribe=One-Click"'),
  /** RFC 2919: `Acme alerts <alerts.acme.example.com>` */
  'List-Id': value(/^(?:[ -;=?-~]+ )?<[\w.-]+>$/, 'a name in angle brackets, such as "Alerts <alerts.example.com>"'),
  /** Gmail's, for its statistics: `campaign:customer:kind:sender` */
  'Feedback-ID': value(/^[!-9;-~]+(?::[!-9;-~]+){0,3}$/, 'up to four words with colons between them, in ASCII'),
  Precedence: oneOf('bulk', 'list', 'junk'),
  /** RFC 3834: keeps answers of the kind "I am on holiday" away. */
  'Auto-Submitted': oneOf('auto-generated', 'auto-replied', 'auto-notified', 'no'),
  /** The same for Exchange. */
  'X-Auto-Response-Suppress': oneOf('All', 'OOF', 'AutoReply', 'OOF, AutoReply'),
  Importance: oneOf('high', 'normal', 'low'),
  /** Gmail keeps mails of the same subject apart where it differs. */
  'X-Entity-Ref-ID': value(/^[!-~]+$/, 'one word in ASCII'),
  /** RFC 5322, 3.6.4: which mail this one belongs to, `<id@example.com>`. */
  'In-Reply-To': value(new RegExp(`^${MESSAGE_ID}(?: ${MESSAGE_ID})*$`), 'message ids such as "<id@example.com>"'),
  References: value(new RegExp(`^${MESSAGE_ID}(?: ${MESSAGE_ID})*$`), 'message ids such as "<id@example.com>"'),
});

/** Extra headers of a mail: these names, written so, and no others. */
export type EmailHeaders = Readonly<z.output<typeof headers>>;
