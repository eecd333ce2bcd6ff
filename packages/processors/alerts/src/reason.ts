/** Why somebody gets a mail, as its footer says it, in the languages that mails are written in. */
import type { EmailLocale } from '@bizinsights/jobs-email/queue';
import type { AlertRole } from './people.js';

const ROLES = {
  en: { owner: 'an owner', admin: 'an admin', operator: 'an operator' },
  de: { owner: 'Inhaber', admin: 'Administrator', operator: 'Betreiber' },
} as const satisfies Record<EmailLocale, Record<AlertRole, string>>;

const SENTENCES = {
  en: (role: string, organization = 'this system') => `You get this as ${role} of ${organization}.`,
  de: (role: string, organization = 'diesem System') => `Sie erhalten diese E-Mail als ${role} von ${organization}.`,
} as const satisfies Record<EmailLocale, unknown>;

/** @param organizationName absent: the alert is about the system itself */
export function reasonFor(role: AlertRole, language: EmailLocale = 'en', organizationName?: string): string {
  return SENTENCES[language](ROLES[language][role], organizationName);
}
