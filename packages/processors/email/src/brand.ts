/** Whose mails these are: what the built-in templates show of the host. */
import { ConfigError } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { address } from './contract/addresses.js';
import { line, link, text } from './contract/texts.js';

const schema = z.strictObject({
  name: line.max(100),
  url: link.optional(),
  logoUrl: link.optional(),
  darkLogoUrl: link.optional(),
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as "#1d4ed8"')
    .optional(),
  address: text.max(500).optional(),
  support: address.optional(),
});

/**
 * The host's looks, for all built-in templates.
 *
 * @example
 * ```ts
 * emailProcessor({
 *   transport,
 *   brand: {
 *     name: 'Acme',
 *     logoUrl: 'https://acme.example.com/logo.png',
 *     color: '#0f766e',
 *     address: 'Acme GmbH, Invalidenstr. 1, 10115 Berlin',
 *   },
 * });
 * ```
 */
export interface EmailBrand {
  /** Of the product or the company: in the footer, and at the top where there is no logo. At most 100 characters. */
  readonly name: string;
  /** Where a click on the logo or the name leads, http or https. Default: nowhere. */
  readonly url?: string | undefined;
  /** An image that is reachable from everywhere, PNG or JPEG. It is shown 32 px high: make it twice as high. */
  readonly logoUrl?: string | undefined;
  /** The logo for dark mode. Default: `logoUrl` on a white ground. */
  readonly darkLogoUrl?: string | undefined;
  /** Of buttons and the line at the top, `#rrggbb`. The text on it is black or white. Default `#1d4ed8`, a blue. */
  readonly color?: string | undefined;
  /** The postal address of the sender, which some countries ask for; may have line breaks. At most 500 characters. */
  readonly address?: string | undefined;
  /** An address for questions, such as `help@acme.example.com`. */
  readonly support?: string | undefined;
}

/** @throws {ConfigError} that names what is wrong */
export function checkBrand(brand: EmailBrand): EmailBrand {
  const { data, error } = schema.safeParse(brand);
  if (data) return data;
  throw new ConfigError(
    'The brand of mails cannot be used',
    error.issues.map(({ path, message }) => ({ path: ['brand', ...path.map(String)], message })),
  );
}
