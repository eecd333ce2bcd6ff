/** What the host supplies: a way to send mail. `resendTransport` and `smtpTransport` are two. */
import type { Variables } from '@bizinsights/jobs-core';
import type { EmailAttachment, EmailHeaders } from './queue.js';

/** An address ready to be sent to: its domain is written in ASCII, and the name needs no quoting. */
export interface EmailAddress {
  readonly name?: string;
  readonly address: string;
}

/** A mail as it is sent. */
export interface RenderedEmail {
  readonly from: EmailAddress;
  readonly to: readonly EmailAddress[];
  readonly cc: readonly EmailAddress[];
  readonly bcc: readonly EmailAddress[];
  readonly replyTo: readonly EmailAddress[];
  /** One line. */
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** Extra headers, all of them safe to pass on: {@link EmailHeaders} names which there are. */
  readonly headers: EmailHeaders;
  /** Empty where several mails are sent at once. */
  readonly attachments: readonly EmailAttachment[];
}

export interface SendOptions {
  /**
   * At most 256 visible ASCII characters; always the same for the same mails, also after a crash. A provider that knows
   * it does not send them again.
   */
  readonly idempotencyKey: string;
  /** Pass it to every wait: the attempt is over when it aborts. */
  readonly signal: AbortSignal;
}

/** A mail, or one of its recipients, that was refused for good while others were accepted. */
export interface RejectedEmail {
  /** Which of the mails. */
  readonly index: number;
  readonly to: string;
  readonly reason: string;
}

/** What became of mails that were handed over. */
export interface SendReceipt {
  /** The provider's ids of the accepted mails, in their order. */
  readonly ids: readonly string[];
  readonly rejected: readonly RejectedEmail[];
}

/**
 * A way to send mail.
 *
 * @example A transport that writes mails to the console
 * ```ts
 * const consoleTransport: EmailTransport = {
 *   name: 'console',
 *   maxBatch: 1,
 *   async send([mail], { idempotencyKey }) {
 *     console.log(mail?.subject, mail?.text);
 *     return { ids: [idempotencyKey], rejected: [] };
 *   },
 * };
 * ```
 */
export interface EmailTransport {
  /** For log lines. */
  readonly name: string;
  /** How many mails one `send` takes. Keep it: the mails of a batch are counted off by it, also after a crash. */
  readonly maxBatch: number;
  /**
   * Hands over mails, all at once. When it resolves they are accepted, but for those in `rejected`.
   *
   * @throws {PermanentError} when no mail can be sent this way: a bad key, a sender that is not allowed
   * @throws {RetryAfterError} when the provider says when to come back
   * @throws anything else to be tried again
   */
  send(mails: readonly RenderedEmail[], options: SendOptions): Promise<SendReceipt>;
  /**
   * Called before the first mail. Whatever is wrong with the settings is thrown here, and the worker does not start.
   *
   * @param variables where the processor reads its variables. Undefined is the process's.
   */
  open?(variables?: Variables): Promise<void> | void;
  /** Called after the last mail. It may be opened again. */
  close?(): Promise<void> | void;
}
