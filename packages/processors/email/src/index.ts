/**
 * `@bizinsights/jobs-email`: sends mail from typed templates, as jobs.
 *
 * @packageDocumentation
 */
export type { EmailBrand } from './brand.js';
export { emailEnvironment } from './environment.js';
export type {
  EmailAddress,
  EmailTransport,
  RejectedEmail,
  RenderedEmail,
  SendOptions,
  SendReceipt,
} from './ports.js';
export {
  type EmailProcessorOptions,
  emailProcessor,
  type TemplateComponents,
} from './processor.js';
export {
  type BatchMail,
  type BuiltInTemplates,
  defineEmailQueue,
  EMAIL_LIMITS,
  EMAIL_LOCALES,
  type EmailAddresses,
  type EmailAttachment,
  type EmailBatch,
  type EmailHeaders,
  type EmailJob,
  type EmailJobInput,
  type EmailLocale,
  type EmailQueue,
  type EmailQueueOptions,
  type EmailResult,
  type EmailTemplates,
  emailQueue,
  emailTemplates,
  type NoTemplates,
  type SingleEmail,
} from './queue.js';
export { type EmailContent, type RenderOptions, renderEmail } from './render.js';
export type { EmailContext, EmailTemplate } from './template.js';
export { builtInTemplates } from './templates/built-in.js';
export { type ResendTransportOptions, resendTransport } from './transports/resend.js';
export { type SmtpSettings, type SmtpTransportOptions, smtpTransport } from './transports/smtp.js';
