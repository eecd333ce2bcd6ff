/** Languages that the built-in templates are written in. */
export const EMAIL_LOCALES = ['en', 'de'] as const;
export type EmailLocale = (typeof EMAIL_LOCALES)[number];

/**
 * The language of mails for somebody with this locale of BCP 47; undefined where there are no texts in it, and for what is
 * no locale.
 *
 * @example
 * ```ts
 * import { emailLocaleOf } from '@bizinsights/jobs-email/queue';
 *
 * const locale = emailLocaleOf('de-AT') ?? 'en'; // de
 * ```
 */
export function emailLocaleOf(locale: string | undefined): EmailLocale | undefined {
  const language = locale === undefined ? undefined : readLanguage(locale);
  return EMAIL_LOCALES.find((one) => one === language);
}

function readLanguage(locale: string): string | undefined {
  try {
    return new Intl.Locale(locale).language;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
