/** From a template and its variables to a subject, HTML and text. */
import { isTimeZone } from '@bizinsights/jobs-core/define';
import { render, toPlainText } from '@react-email/render';
import { createElement } from 'react';
import { checkBrand, type EmailBrand } from './brand.js';
import type { EmailLocale } from './queue.js';
import type { EmailContext, EmailTemplate } from './template.js';

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
 * @throws {ConfigError} for a brand that cannot be used
 * @throws {RangeError} for a zone that is none
 * @example
 * ```ts
 * const { subject, html, text } = await renderEmail(orderShipped, { orderId: '7' });
 * ```
 */
export async function renderEmail<Variables>(
  template: EmailTemplate<Variables>,
  variables: Variables,
  options: RenderOptions = {},
): Promise<EmailContent> {
  const { locale = 'en', timeZone = 'UTC', brand, sender } = options;
  if (!isTimeZone(timeZone)) throw new RangeError(`"${timeZone}" is not a time zone such as Europe/Berlin`);
  return renderTemplate(template, variables, { locale, timeZone, brand: brand && checkBrand(brand), sender });
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
