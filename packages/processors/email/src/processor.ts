/** `emailProcessor`: sends the mails of the queue `email-sending`. */
import {
  ConfigError,
  defineProcessor,
  type JobContext,
  PermanentError,
  type ProcessorDefinition,
  ProcessorDefinitionError,
  readConfig,
  type Variables,
} from '@bizinsights/jobs-core';
import type { z } from 'zod';
import { parseAddress } from './address.js';
import { checkBrand, type EmailBrand } from './brand.js';
import { emailEnvironment } from './environment.js';
import { idempotencyKey } from './idempotency-key.js';
import { type Mail, mailsOf, renderMail } from './mails.js';
import type { EmailAddress, EmailTransport, RejectedEmail, RenderedEmail } from './ports.js';
import {
  type BuiltInTemplates,
  type EmailQueue,
  type EmailResult,
  type EmailTemplates,
  emailQueue,
  type NoTemplates,
} from './queue.js';
import { sentOnce } from './sent-once.js';
import type { EmailTemplate } from './template.js';
import { builtInTemplates } from './templates/built-in.js';

/** How many ids and refusals the result of a job names. */
const MAX_NAMED = 100;

/** How many refusals a message names. */
const MAX_TOLD = 5;

/** The templates for a set of variables. */
export type TemplateComponents<Templates extends EmailTemplates> = {
  readonly [Name in keyof Templates & string]: EmailTemplate<z.output<Templates[Name]>>;
};

interface BaseOptions {
  readonly transport: EmailTransport;
  /** The sender of mails that name none, such as `BizInsights <no-reply@example.com>`. Default: `EMAIL_FROM`. */
  readonly from?: string;
  /** The looks of the built-in templates, and from whom their footer says that the mail is. Default: plain, the sender. */
  readonly brand?: EmailBrand;
  /** Where variables are read. Default: `createJobs({ environment })`, else the process's. */
  readonly environment?: Variables;
}

/** What `emailProcessor` takes. `templates` must hold all of the queue's own ones. */
export type EmailProcessorOptions<Own extends EmailTemplates = NoTemplates> = BaseOptions & {
  /** Default: `emailQueue`. One with templates of your own is made by `defineEmailQueue`. */
  readonly queue?: EmailQueue<Own>;
} & (keyof Own extends never
    ? { readonly templates?: BuiltInOverrides }
    : { readonly templates: TemplateComponents<Own> & BuiltInOverrides });

/** Built-in templates that are to look otherwise. */
type BuiltInOverrides = Partial<TemplateComponents<BuiltInTemplates>>;

/** How far a job is: kept after every batch that was accepted. */
interface Position extends EmailResult {
  /** The first mail that has not been handed over. */
  readonly next: number;
}

/**
 * The processor of the queue `email-sending`.
 *
 * @throws {ProcessorDefinitionError} when one of the queue's templates has no component
 * @throws {ConfigError} when `from` is not an address, or `brand` cannot be used
 * @example
 * ```ts
 * jobs.registerProcessor(emailProcessor({ transport: resendTransport({ apiKey }) }), { concurrency: 10 });
 * ```
 */
export function emailProcessor<Own extends EmailTemplates = NoTemplates>(
  options: EmailProcessorOptions<Own>,
): ProcessorDefinition<EmailQueue<Own>>;
// Inside, every queue counts as the built-in one: what differs is which names and variables a job may have.
export function emailProcessor(
  options: BaseOptions & { queue?: EmailQueue; templates?: Readonly<Record<string, EmailTemplate<unknown>>> },
): ProcessorDefinition<EmailQueue> {
  const { transport, queue = emailQueue } = options;
  const templates: Readonly<Record<string, EmailTemplate<unknown>>> = { ...builtInTemplates, ...options.templates };
  for (const name of Object.keys(queue.templates)) {
    if (templates[name]) continue;
    throw new ProcessorDefinitionError(`emailProcessor: \`templates\` has no component for "${name}" of the queue`);
  }
  if (options.from !== undefined) readSender('from', options.from);
  const brand = options.brand && checkBrand(options.brand);
  let defaultSender: EmailAddress | undefined;

  return defineProcessor({
    queue,
    environment: emailEnvironment,
    variables: options.environment,
    async start(variables = options.environment) {
      defaultSender = findDefaultSender(options.from, variables);
      await transport.open?.(variables);
    },
    stop: () => transport.close?.(),
    async process(job) {
      const template = templates[job.data.template];
      if (!template) throw new PermanentError(`There is no template "${job.data.template}"`);
      defaultSender ??= findDefaultSender(options.from, options.environment);
      const from = job.data.from === undefined ? defaultSender : readSender('from', job.data.from);
      return send(job, (mail) => renderMail(mail, job.data, template, from, brand), transport);
    },
  });
}

/** Hands over the mails that have not been handed over yet, a batch at a time. */
async function send(
  job: JobContext<EmailQueue>,
  renderOne: (mail: Mail) => Promise<RenderedEmail>,
  transport: EmailTransport,
): Promise<EmailResult> {
  const mails = mailsOf(job.data);
  const total = mails.length;
  const once = await sentOnce(job);
  const position = await job.cursor<Position>('accepted', { next: 0, sent: 0, ids: [], rejected: [] });
  // What this job has begun it brings to an end.
  if (position.value.next === 0 && once?.earlier) return once.earlier;
  while (position.value.next < total) {
    job.signal.throwIfAborted();
    const { next, sent, ids, rejected } = position.value;
    const batch = mails.slice(next, next + transport.maxBatch);
    const rendered = await Promise.all(batch.map(renderOne));
    const receipt = await transport.send(rendered, {
      idempotencyKey: idempotencyKey(job, job.data.messages ? next : undefined),
      signal: job.signal,
    });
    // From here on a crash does not send them again; before, only the provider can tell.
    await position.save({
      next: next + batch.length,
      sent: sent + receipt.ids.length,
      ids: [...ids, ...receipt.ids].slice(0, MAX_NAMED),
      rejected: [...rejected, ...receipt.rejected.map(({ to, reason }) => ({ to, reason }))].slice(0, MAX_NAMED),
    });
    report(job, transport, receipt.rejected);
    await job.progress({ done: next + batch.length, total });
  }
  const { next: _, ...result } = position.value;
  if (result.sent === 0) throw new PermanentError(`Nothing was sent. ${describe(result.rejected)}`);
  await once?.remember(result);
  return result;
}

function report(job: JobContext<EmailQueue>, transport: EmailTransport, rejected: readonly RejectedEmail[]): void {
  if (rejected.length > 0) job.logger.warn(`${transport.name} refused: ${describe(rejected)}`);
}

/** The first few refusals, as a line. */
function describe(rejected: readonly { readonly to: string; readonly reason: string }[]): string {
  const shown = rejected.slice(0, MAX_TOLD).map(({ to, reason }) => `${to}: ${reason}`);
  const more = rejected.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function findDefaultSender(from: string | undefined, variables: Variables | undefined): EmailAddress {
  if (from !== undefined) return readSender('from', from);
  const { EMAIL_FROM } = readConfig(variables, emailEnvironment);
  if (EMAIL_FROM !== undefined) return readSender('EMAIL_FROM', EMAIL_FROM);
  throw new ConfigError('Mails have no sender', [
    { path: ['EMAIL_FROM'], message: 'set it, such as "Ann <ann@example.com>", or give emailProcessor({ from })' },
  ]);
}

function readSender(name: string, text: string): EmailAddress {
  const sender = parseAddress(text.trim());
  if (sender) return sender;
  throw new ConfigError('The sender of mails is not right', [
    { path: [name], message: 'must be an address such as "ann@example.com" or "Ann <ann@example.com>"' },
  ]);
}
