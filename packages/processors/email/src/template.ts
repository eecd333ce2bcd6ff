/** A template: from variables to a subject and a React component. */
import type { ReactElement } from 'react';
import type { EmailBrand } from './brand.js';
import type { EmailLocale } from './queue.js';

/** For whom and from whom a mail is written. */
export interface EmailContext {
  readonly locale: EmailLocale;
  /** The receiver's; `UTC` where it is not known. */
  readonly timeZone: string;
  /** Of `emailProcessor({ brand })`. */
  readonly brand?: EmailBrand | undefined;
  /** The name or the address of the sender. */
  readonly sender?: string | undefined;
}

/**
 * What makes a mail of variables. Nothing may come from elsewhere (the clock, chance): a mail that is sent again after a
 * crash must be the same, or the provider cannot tell that it is.
 *
 * @example
 * ```tsx
 * const orderShipped: EmailTemplate<{ orderId: string }> = {
 *   subject: ({ orderId }) => `Order ${orderId} is on its way`,
 *   component: ({ orderId }) => <p>Your order {orderId} has left our house.</p>,
 * };
 * ```
 */
export interface EmailTemplate<Variables> {
  /** Line breaks become spaces. */
  subject(variables: Variables, context: EmailContext): string;
  /** A React component; of this package, of `react-email`, or plain elements. The text beside the HTML is made from it. */
  component(variables: Variables, context: EmailContext): ReactElement;
}
