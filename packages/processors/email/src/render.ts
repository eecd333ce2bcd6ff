/** From a template and its variables to a subject, HTML and text. */
import { ArgumentError, isJobsError } from '@bizinsights/jobs-core';
import { isTimeZone } from '@bizinsights/jobs-core/define';
import { render, toPlainText } from '@react-email/render';
import { createElement } from 'react';
import { z } from 'zod';
import { checkBrand, type EmailBrand } from './brand.js';
import { type BuiltInTemplates, type EmailLocale, emailTemplates } from './queue.js';
import type { EmailContext, EmailTemplate } from './template.js';
import { builtInTemplates } from './templates/built-in.js';

/** The content of a mail. */
export interface EmailContent {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** For whom and from whom it is rendered. */
export interface RenderOptions {
  /** Default `en`. */
  readonly locale?: EmailLocale;
  /** Default `UTC`. */
  readonly timeZone?: string;
  /** Default: none. */
  readonly brand?: EmailBrand;
  /** The name of the sender, for the footer. Default: the brand's. */
  readonly sender?: string;
}

/**
 * Renders a template: for previews and for tests of your own templates.
 *
 * @param template one of your own, or the name of a built-in one
 * @throws {ArgumentError} for a template that does not exist, and for variables that the built-in one does not take
 * @throws {ConfigError} for a brand that cannot be used
 * @throws {RangeError} for a zone that is none
 * @example
 * ```ts
 * const { subject, html, text } = await renderEmail(orderShipped, { orderId: '7' });
 * const welcome = { name: 'Ann', productName: 'Acme', dashboardUrl: 'https://acme.example' };
 * const { html: greeting } = await renderEmail('welcome', welcome);
 * ```
 */
export async function renderEmail<Name extends keyof BuiltInTemplates>(
  template: Name,
  variables: z.input<BuiltInTemplates[Name]>,
  options?: RenderOptions,
): Promise<EmailContent>;
export async function renderEmail<Variables>(
  template: EmailTemplate<Variables>,
  variables: Variables,
  options?: RenderOptions,
): Promise<EmailContent>;
export async function renderEmail(
  template: string | EmailTemplate<unknown>,
  variables: unknown,
  options: RenderOptions = {},
): Promise<EmailContent> {
  const { locale = 'en', timeZone = 'UTC', brand, sender } = options;
  if (!isTimeZone(timeZone)) throw new RangeError(`"${timeZone}" is not a time zone such as Europe/Berlin`);
  const context = { locale, timeZone, brand: brand && checkBrand(brand), sender };
  if (typeof template === 'string') {
    if (isBuiltIn(template)) return renderBuiltIn(template, variables, context);
    const names = Object.keys(emailTemplates).join(', ');
    throw new ArgumentError(
      `renderEmail: "${template}" is no built-in template: those are ${names}. Give your own as an object`,
    );
  }
  if (typeof template?.component === 'function' && typeof template.subject === 'function') {
    return renderTemplate(template, variables, context);
  }
  throw new ArgumentError('renderEmail: a template is the name of a built-in one, or { subject, component }');
}

async function renderBuiltIn<Name extends keyof BuiltInTemplates>(
  name: Name,
  variables: unknown,
  context: EmailContext,
): Promise<EmailContent> {
  const checked = z.safeParse(emailTemplates[name], variables);
  if (!checked.success) {
    throw new ArgumentError(`renderEmail: the variables of "${name}" are not right: ${z.prettifyError(checked.error)}`);
  }
  const template: EmailTemplate<z.output<BuiltInTemplates[Name]>> = builtInTemplates[name];
  return renderNamed(name, template, checked.data, context);
}

function isBuiltIn(name: string): name is keyof BuiltInTemplates {
  return Object.hasOwn(emailTemplates, name);
}

/** {@link renderTemplate} of a template with a name, which stands in its errors. Those of the library keep their class. */
export async function renderNamed<Variables>(
  name: string,
  template: EmailTemplate<Variables>,
  variables: Variables,
  context: EmailContext,
): Promise<EmailContent> {
  try {
    return await renderTemplate(template, variables, context);
  } catch (cause) {
    if (isJobsError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The template "${name}" has failed: ${reason}`, { cause });
  }
}

/** The same, of options that have been checked. */
export async function renderTemplate<Variables>(
  template: EmailTemplate<Variables>,
  variables: Variables,
  context: EmailContext,
): Promise<EmailContent> {
  const html = await render(createElement(Mail<Variables>, { template, variables, context }));
  const text = toPlainText(html, { selectors: HEADINGS });
  return { subject: toLine(template.subject(variables, context)), html, text };
}

interface MailProps<Variables> {
  template: EmailTemplate<Variables>;
  variables: Variables;
  context: EmailContext;
}

/** A component, so that the template's own may use hooks. */
function Mail<Variables>({ template, variables, context }: MailProps<Variables>) {
  return template.component(variables, context);
}

/** In the text, headings stay as they are written: by default they are turned into capitals, names and all, and set apart. */
const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
  selector,
  options: { uppercase: false, leadingLineBreaks: 2 },
}));

/** A subject is a header: a line break in a variable must not begin another header. */
function toLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}
