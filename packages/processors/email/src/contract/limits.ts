/** The bounds of one job. */
export const EMAIL_LIMITS = {
  /** Addresses in one `to`, `cc` or `bcc`: what Resend takes. */
  recipients: 50,
  /** Mails in one batch job. */
  messages: 10_000,
  /** Attachments of one mail together, before base64. They travel in the job: for more, send a link. */
  attachmentBytes: 10 * 1024 * 1024,
  /** Characters of an extra header: RFC 5322, 2.1.1 lets a line have 998, its name included. */
  headerLength: 900,
  /** Characters of an alert's title. */
  alertTitle: 300,
  /** Characters of an alert's message. */
  alertMessage: 5_000,
  /** Insights in one digest, and characters of the text of each: Gmail clips a mail of 102 kB. */
  digestInsights: 20,
  digestText: 2_000,
} as const;
