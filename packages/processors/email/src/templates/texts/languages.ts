/** All that the built-in templates say, in each language. */
import type { EmailLocale } from '../../queue.js';
import { de } from './de.js';
import { en } from './en.js';
import type { Texts } from './texts.js';

export const texts: Readonly<Record<EmailLocale, Texts>> = { en, de };
