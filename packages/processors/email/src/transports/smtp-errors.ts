/** What an error of nodemailer means for a mail. */
import { PermanentError } from '@bizinsights/jobs-core';

/** A recipient that a server refused while it took the mail for others. */
export interface RefusedRecipient {
  readonly to: string;
  readonly reason: string;
}

/** Errors where the server has refused this mail, and others may still be sent. */
const OF_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);

/** Errors that are in the settings or the program: they come again however often it is tried. */
const OF_THE_SETTINGS = new Set(['ECONFIG', 'ENOAUTH', 'EREQUIRETLS', 'EMAXRECIPIENTS']);

/**
 * Why the server refuses this mail for good; undefined when another attempt may help, or when the trouble is not this
 * mail's.
 */
export function refusalOf(error: Error): string | undefined {
  const { code, command, responseCode } = partsOf(error);
  // A refused sender is refused for all mails.
  return OF_THE_MAIL.has(code) && command !== 'MAIL FROM' && responseCode >= 500 ? reasonOf(error) : undefined;
}

/** The error to throw: permanent where no further attempt can help. RFC 5321, 4.2.1: 4xx is transient, 5xx is not. */
export function smtpError(server: string, error: Error): Error {
  const { code, responseCode } = partsOf(error);
  const text = `SMTP server ${server}: ${reasonOf(error)}`;
  const permanent = responseCode >= 500 || OF_THE_SETTINGS.has(code);
  return permanent ? new PermanentError(text, { cause: error }) : new Error(text, { cause: error });
}

/** What a server said of recipients that it refused. */
export function refusedRecipients(errors: readonly Error[]): RefusedRecipient[] {
  return errors.map((error) => ({
    to: 'recipient' in error && typeof error.recipient === 'string' ? error.recipient : 'a recipient',
    reason: reasonOf(error),
  }));
}

function partsOf(error: Error): { code: string; command: string; responseCode: number } {
  return {
    code: 'code' in error && typeof error.code === 'string' ? error.code : '',
    command: 'command' in error && typeof error.command === 'string' ? error.command : '',
    responseCode: 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : 0,
  };
}

/** The server's own words where there are some. */
function reasonOf(error: Error): string {
  const response = 'response' in error && typeof error.response === 'string' ? error.response.trim() : '';
  return (response || error.message).replace(/\s+/g, ' ').slice(0, 500);
}
