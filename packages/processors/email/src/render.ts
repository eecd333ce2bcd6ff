/** From a template and its variables to a subject, HTML and text. */
import { render, toPlainText } from '@react-email/render';
import { createElement } from 'react';
import type { EmailTemplate } from './template.js';

/** The content of a mail. */
export interface EmailContent {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/**
 * Renders a template: for previews and for tests of your own templates.
 *
 * @example
 * ```ts
 * const { subject, html, text } = await renderEmail(orderShipped, { orderId: '7' });
 * ```
 */
export async function renderEmail<Variables>(
  template: EmailTemplate<Variables>,
  variables: Variables,
): Promise<EmailContent> {
  const html = await render(createElement(Mail<Variables>, { template, variables }));
  const text = toPlainText(html, { selectors: HEADINGS });
  return { subject: toLine(template.subject(variables)), html, text };
}

/** A component, so that the template's own may use hooks. */
function Mail<Variables>({ template, variables }: { template: EmailTemplate<Variables>; variables: Variables }) {
  return template.component(variables);
}

/** In the text, headings stay as they are written: by default they are turned into capitals, names and all. */
const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } }));

/** A subject is a header: a line break in a variable must not begin another header. */
function toLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}
