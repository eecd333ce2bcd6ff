/** What the built-in templates say, as far as it is the same in all languages: which texts there are. */

import type { z } from 'zod';
import type { emailTemplates } from '../../queue.js';

type Variables<Name extends keyof typeof emailTemplates> = z.output<(typeof emailTemplates)[Name]>;

/** What every mail says. */
interface Frame<Name extends keyof typeof emailTemplates> {
  subject(variables: Variables<Name>): string;
  /** Shown beside the subject in the list of mails. */
  preview(variables: Variables<Name>): string;
  /** Why one gets it, where the variables do not say. */
  reason(variables: Variables<Name>): string;
}

export interface Texts {
  /** For dates and numbers. */
  readonly language: string;
  /** A moment: `14:00` of a day and the name of the zone. */
  moment(day: string, clock: string, zone: string): string;
  hello(name: string): string;
  readonly footer: {
    sentBy(name: string): string;
    questions(address: string): string;
  };
  readonly welcome: Frame<'welcome'> & {
    ready(variables: Variables<'welcome'>): string;
    open(productName: string): string;
  };
  readonly report: Frame<'report-delivery'> & {
    intro(variables: Variables<'report-delivery'>): string;
    readonly download: string;
    expires(time: string): string;
  };
  readonly invitation: Frame<'team-invitation'> & {
    title(organizationName: string): string;
    body(variables: Variables<'team-invitation'>): string;
    readonly accept: string;
    expires(time: string): string;
    readonly ignore: string;
  };
  readonly alert: Frame<'alert-notification'> & {
    badge(severity: Variables<'alert-notification'>['severity']): string;
    readonly organization: string;
    readonly metric: string;
    readonly value: string;
    readonly threshold: string;
    readonly time: string;
    readonly open: string;
  };
  readonly digest: Frame<'insights-digest'> & {
    intro(variables: Variables<'insights-digest'>): string;
    /** How many insights are not in the mail: 1 or more. */
    more(count: number): string;
    readonly open: string;
  };
}
