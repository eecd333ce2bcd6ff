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

/** The language of mails for somebody with this locale; undefined where there are no texts in it, or it is no locale. */
export function languageOf(locale: string | undefined): EmailLocale | undefined {
  const language = locale === undefined ? undefined : readLanguage(locale);
  return language === 'de' || language === 'en' ? language : undefined;
}

function readLanguage(locale: string): string | undefined {
  try {
    return new Intl.Locale(locale).language;
  } catch {
    return undefined;
  }
}
