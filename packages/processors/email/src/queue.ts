/**
 * `@bizinsights/jobs-email/queue`: the contract of the queue `email-sending`. A web process imports it without the work:
 * no React, no transport.
 *
 * @packageDocumentation
 */
import {
  defineQueue,
  isTimeZone,
  type QueueDefinition,
  QueueDefinitionError,
  QueueName,
  type QueueOptions,
} from '@bizinsights/jobs-core/define';
import { z } from 'zod';
import { address, addresses } from './contract/addresses.js';
import { attachments, type EmailAttachment } from './contract/attachments.js';
import { type EmailHeaders, headers } from './contract/headers.js';
import { EMAIL_LIMITS } from './contract/limits.js';
import { EMAIL_LOCALES, type EmailLocale } from './contract/locales.js';
import { migrate, VERSION } from './contract/migrations.js';
import { emailTemplates } from './contract/templates.js';
import { line } from './contract/texts.js';

export { ADDRESS } from './contract/addresses.js';
export type { EmailAttachment } from './contract/attachments.js';
export type { EmailHeaders } from './contract/headers.js';
export { EMAIL_LIMITS } from './contract/limits.js';
export { EMAIL_LOCALES, type EmailLocale, emailLocaleOf } from './contract/locales.js';
export { emailTemplates } from './contract/templates.js';
export { asLine, asText } from './contract/texts.js';

/** Templates as the queue knows them: the schema of the variables by name. */
export type EmailTemplates = Readonly<Record<string, z.ZodType>>;
export type BuiltInTemplates = typeof emailTemplates;
/** No templates besides the built-in ones. */
export type NoTemplates = Record<never, never>;

/** An address such as `Ann <ann@example.com>`, or several. */
export type EmailAddresses = string | readonly string[];

/** How a mail is written and labelled. Of a batch, each mail may have its own; what it leaves out is the job's. */
interface Manner {
  /** Default: the template's. */
  subject?: string | undefined;
  /** The language of the built-in templates, and how they write dates and numbers. Default: `en`. */
  locale?: EmailLocale | undefined;
  /** The receiver's, such as `Europe/Berlin`: for times. Default: UTC, which then stands beside them. */
  timeZone?: string | undefined;
  /** Extra headers. Those of a mail of a batch stand beside the job's, and come before one of the same name. */
  headers?: EmailHeaders | undefined;
}

interface Envelope<Name> extends Manner {
  template: Name;
  /** Default: the sender of the processor. */
  from?: string | undefined;
  replyTo?: EmailAddresses | undefined;
  /** Whose mail it is: the job's tenant. */
  organizationId?: string | undefined;
  /**
   * For whoever cannot know whether the mail was added before: it is sent once in 30 days, also when its job has completed
   * and was removed. A later job of the same key sends nothing, and its result is that of the first. At most 255 characters.
   */
  idempotencyKey?: string | undefined;
}

/** One of the mails of a batch. */
export interface BatchMail<Variables = unknown> extends Manner {
  to: EmailAddresses;
  cc?: EmailAddresses | undefined;
  bcc?: EmailAddresses | undefined;
  variables: Variables;
}

/** A job of one mail. */
export interface SingleEmail<Name, Variables> extends Envelope<Name>, BatchMail<Variables> {
  attachments?: readonly EmailAttachment[] | undefined;
  messages?: undefined;
}

/** A job of many mails, 10,000 at most, from one template. They have no attachments: providers' batches take none. */
export interface EmailBatch<Name, Variables> extends Envelope<Name> {
  messages: readonly BatchMail<Variables>[];
  to?: undefined;
  variables?: undefined;
}

type Job<Name, Variables> = SingleEmail<Name, Variables> | EmailBatch<Name, Variables>;

/** What `add` takes, for a set of templates. */
export type EmailJobInput<
  Templates extends EmailTemplates = BuiltInTemplates,
  Name extends keyof Templates & string = keyof Templates & string,
> = Name extends unknown ? Job<Name, z.input<Templates[Name]>> : never;

/** What the processor gets. */
export type EmailJob<
  Templates extends EmailTemplates = BuiltInTemplates,
  Name extends keyof Templates & string = keyof Templates & string,
> = Name extends unknown ? Job<Name, z.output<Templates[Name]>> : never;

const result = z.object({
  /** How many mails were accepted. */
  sent: z.number().int(),
  /** The provider's ids of the first hundred of them, in their order. */
  ids: z.array(z.string()),
  /** The first hundred of those refused for good, while others of the job were accepted. */
  rejected: z.array(z.object({ to: z.string(), reason: z.string() })),
});
export type EmailResult = z.output<typeof result>;

/** The queue `email-sending`, for the built-in templates and the host's own. */
export interface EmailQueue<Own extends EmailTemplates = NoTemplates>
  extends QueueDefinition<
    typeof QueueName.EmailSending,
    z.ZodType<EmailJob<BuiltInTemplates & Own>, EmailJobInput<BuiltInTemplates & Own>>,
    typeof result
  > {
  /** The host's own templates. */
  readonly templates: Own;
}

/** What `defineEmailQueue` takes. */
export interface EmailQueueOptions<Own extends EmailTemplates>
  extends Pick<
    QueueOptions<string, z.ZodType<EmailJob<BuiltInTemplates & Own>>, undefined>,
    'fair' | 'rateLimit' | 'redact' | 'defaults'
  > {
  /** The variables of your own templates, by name. */
  readonly templates: Own;
}

/** Whoever holds one of these can act with it, or is not meant to read it. */
const REDACT = [
  'variables.invitationUrl',
  'variables.downloadUrl',
  'attachments.*.content',
  'headers.List-Unsubscribe',
];

/** An attempt of a batch of 10,000 may well take minutes; the single requests have their own, shorter, limits. */
const TIMEOUT = 30 * 60_000;

/**
 * Defines the queue `email-sending` with templates of your own beside the built-in ones.
 *
 * `redact` adds to the built-in paths, and covers both the single mail and the batch: `variables.token` is also
 * `messages.*.variables.token`.
 *
 * @throws {QueueDefinitionError} for a name that a built-in template has
 * @example
 * ```ts
 * export const mailQueue = defineEmailQueue({
 *   templates: { 'order-shipped': z.object({ orderId: z.string(), trackingUrl: z.url() }) },
 * });
 * ```
 */
export function defineEmailQueue<const Own extends EmailTemplates>(options: EmailQueueOptions<Own>): EmailQueue<Own> {
  const { templates, redact = [], defaults, ...rest } = options;
  const taken = Object.keys(templates).filter((name) => name in emailTemplates);
  if (taken.length > 0) {
    throw new QueueDefinitionError(
      `Queue "${QueueName.EmailSending}": there is a built-in template "${taken[0]}" already. Give yours another name, ` +
        'or change how the built-in one looks with emailProcessor({ templates })',
    );
  }
  const queue = defineQueue({
    name: QueueName.EmailSending,
    description: 'Sends mails made from templates, one or many a job.',
    schema: jobSchema(templates),
    result,
    tenant: ({ organizationId = '' }) => organizationId,
    redact: [...REDACT, ...redact].flatMap((path) => [path, `messages.*.${path}`]),
    defaults: { timeout: TIMEOUT, ...defaults },
    version: VERSION,
    migrate,
    ...rest,
  });
  return Object.freeze({ ...queue, templates });
}

/** TypeScript cannot follow a union through the entries of an object: here, and only here, its type is asserted. */
function jobSchema<Own extends EmailTemplates>(own: Own) {
  const { welcome, ...others } = emailTemplates;
  const rest = Object.entries<z.ZodType>({ ...others, ...own });
  const schema: z.ZodType = z.discriminatedUnion('template', [
    templateSchema('welcome', welcome),
    ...rest.map(([name, variables]) => templateSchema(name, variables)),
  ]);
  return schema as z.ZodType<EmailJob<BuiltInTemplates & Own>, EmailJobInput<BuiltInTemplates & Own>>;
}

const timeZone = z.string().refine(isTimeZone, 'must be a time zone such as "Europe/Berlin"');

const SINGLE_ONLY = ['to', 'cc', 'bcc', 'variables', 'attachments'] as const;

/**
 * Both forms of a job of one template. One object and not a union of two: the issues of a union that fits nowhere have
 * lost their paths.
 */
function templateSchema(name: string, variables: z.ZodType) {
  const mail = {
    cc: addresses.optional(),
    bcc: addresses.optional(),
    subject: line.optional(),
    locale: z.enum(EMAIL_LOCALES).optional(),
    timeZone: timeZone.optional(),
    headers: headers.optional(),
  };
  // The checks run also where single fields are wrong, so that all problems are told at once.
  const when = () => true;
  const required = 'is required (or `messages`, for many mails)';
  return z
    .strictObject({
      template: z.literal(name),
      from: address.optional(),
      replyTo: addresses.optional(),
      organizationId: z.string().min(1).optional(),
      idempotencyKey: z.string().min(1).max(255).optional(),
      ...mail,
      to: addresses.optional(),
      variables: variables.optional(),
      attachments: attachments.optional(),
      messages: z
        .array(z.strictObject({ ...mail, to: addresses, variables }))
        .min(1)
        .max(EMAIL_LIMITS.messages)
        .optional(),
    })
    .refine(({ to, messages }) => to !== undefined || messages !== undefined, { path: ['to'], message: required, when })
    .refine((job) => job.variables !== undefined || job.messages !== undefined, {
      path: ['variables'],
      message: required,
      when,
    })
    .refine(({ messages, ...job }) => !messages || SINGLE_ONLY.every((field) => job[field] === undefined), {
      path: ['messages'],
      message: `cannot stand beside ${SINGLE_ONLY.join(', ')}, which belong to a single mail`,
      when,
    });
}

/** The queue `email-sending` with the built-in templates. */
export const emailQueue: EmailQueue = defineEmailQueue({ templates: {} });
