/** A template: from variables to a subject and a React component. */
import type { ReactElement } from 'react';

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
  subject(variables: Variables): string;
  /** A React component; of this package, of `react-email`, or plain elements. The text beside the HTML is made from it. */
  component(variables: Variables): ReactElement;
}
