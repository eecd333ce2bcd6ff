/**
 * `@bizinsights/jobs-email/queue`: the contract of the queue `email-sending`. A web process imports it without the work:
 * no React, no transport.
 *
 * @packageDocumentation
 */
import {
  defineQueue,
  type QueueDefinition,
  QueueDefinitionError,
  QueueName,
  type QueueOptions,
} from '@bizinsights/jobs-core/define';
import { z } from 'zod';

/** The bounds of one job. */
export const EMAIL_LIMITS = {
  /** Addresses in one `to`, `cc` or `bcc`: what Resend takes. */
  recipients: 50,
  /** Mails in one batch job. */
  messages: 10_000,
  /** Attachments of one mail together, before base64. They travel in the job: for more, send a link. */
  attachmentBytes: 10 * 1024 * 1024,
} as const;

const LOCAL = "(?=[^@]{1,64}@)[\\w!#$%&'*+/=?^`{|}~-]+(?:\\.[\\w!#$%&'*+/=?^`{|}~-]+)*";
const LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}-]*[\\p{L}\\p{M}\\p{N}])?';
const ADDR = `${LOCAL}@(?:${LABEL}\\.)*${LABEL}`;

/**
 * `ann@example.com`, `Ann <ann@example.com>` or `"Lee, Ann" <ann@example.com>`. A domain may be written in Unicode; the
 * part before the @ may not, because few servers take that (SMTPUTF8).
 */
export const ADDRESS = new RegExp(
  `^(?:(?:"(?<quoted>[^"\\\\\\p{Cc}]*)"|(?<name>[^"<>,;@\\\\\\p{Cc}]*?))\\s*<(?<boxed>${ADDR})>|(?<bare>${ADDR}))$`,
  'u',
);

const address = z
  .string()
  .max(512)
  .refine((text) => {
    const { boxed, bare } = ADDRESS.exec(text)?.groups ?? {};
    const [, domain] = (boxed ?? bare ?? '').split('@');
    // What no expression says of a domain: that its numbers are an IP address, that its Unicode is allowed.
    return domain !== undefined && URL.canParse(`http://${domain}`);
  }, 'must be an address such as "ann@example.com" or "Ann <ann@example.com>"');

const addresses = z.union([address, z.array(address).min(1).max(EMAIL_LIMITS.recipients)], {
  error: 'must be an address or a list of addresses',
});

/** One line: what ends up in a header must not be able to begin another one. */
const line = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line, without control characters');
const link = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(2_048);
const time = z.iso.datetime({ offset: true });
const figure = z.union([z.number(), line], { error: 'must be a number or a text of one line' });

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

const attachments = z
  .array(attachment)
  .refine(
    (list) => list.reduce((total, { content }) => total + bytesOf(content), 0) <= EMAIL_LIMITS.attachmentBytes,
    `must be at most ${EMAIL_LIMITS.attachmentBytes / 1024 / 1024} MB together; send a link to what is larger`,
  );

function bytesOf(base64: string): number {
  return (base64.length * 3) / 4 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);
}

/** The variables of the templates that come with the package. All texts are plain: they are escaped when rendered. */
export const emailTemplates = {
  welcome: z.strictObject({
    name: line,
    productName: line,
    organizationName: line.optional(),
    dashboardUrl: link,
  }),
  'report-delivery': z.strictObject({
    recipientName: line.optional(),
    reportName: line,
    /** As a reader says it: `October 2026`. */
    period: line,
    organizationName: line.optional(),
    summary: z
      .array(z.strictObject({ label: line, value: figure }))
      .max(50)
      .optional(),
    downloadUrl: link.optional(),
    /** When the link stops working. */
    expiresAt: time.optional(),
  }),
  'team-invitation': z.strictObject({
    inviterName: line,
    organizationName: line,
    role: line.optional(),
    invitationUrl: link,
    expiresAt: time.optional(),
  }),
  'alert-notification': z.strictObject({
    alertName: line,
    severity: z.enum(['info', 'warning', 'critical']),
    organizationName: line.optional(),
    metric: line,
    value: figure,
    threshold: figure,
    occurredAt: time,
    description: z.string().max(5_000).optional(),
    dashboardUrl: link.optional(),
  }),
} as const;

/** Templates as the queue knows them: the schema of the variables by name. */
export type EmailTemplates = Readonly<Record<string, z.ZodType>>;
export type BuiltInTemplates = typeof emailTemplates;
/** No templates besides the built-in ones. */
export type NoTemplates = Record<never, never>;

export type EmailAttachment = z.output<typeof attachment>;
/** An address such as `Ann <ann@example.com>`, or several. */
export type EmailAddresses = string | readonly string[];

interface Envelope<Name> {
  template: Name;
  /** Default: the sender of the processor. */
  from?: string | undefined;
  replyTo?: EmailAddresses | undefined;
  /** Default: the template's. */
  subject?: string | undefined;
  /** Whose mail it is: the job's tenant. */
  organizationId?: string | undefined;
}

/** One of the mails of a batch. */
export interface BatchMail<Variables = unknown> {
  to: EmailAddresses;
  cc?: EmailAddresses | undefined;
  bcc?: EmailAddresses | undefined;
  /** Default: the job's, then the template's. */
  subject?: string | undefined;
  variables: Variables;
}

/** A job of one mail. */
export interface SingleEmail<Name, Variables> extends Envelope<Name>, BatchMail<Variables> {
  subject?: string | undefined;
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
const REDACT = ['variables.invitationUrl', 'variables.downloadUrl', 'attachments.*.content'];

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

const SINGLE_ONLY = ['to', 'cc', 'bcc', 'variables', 'attachments'] as const;

/**
 * Both forms of a job of one template. One object and not a union of two: the issues of a union that fits nowhere have
 * lost their paths.
 */
function templateSchema(name: string, variables: z.ZodType) {
  const mail = { cc: addresses.optional(), bcc: addresses.optional(), subject: line.optional() };
  // The checks run also where single fields are wrong, so that all problems are told at once.
  const when = () => true;
  const required = 'is required (or `messages`, for many mails)';
  return z
    .strictObject({
      template: z.literal(name),
      from: address.optional(),
      replyTo: addresses.optional(),
      organizationId: z.string().min(1).optional(),
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
