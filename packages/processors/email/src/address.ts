/** Addresses: from what a job says to what is sent to. */

import type { EmailAddress } from './ports.js';
import { ADDRESS, type EmailAddresses } from './queue.js';

/** Reads an address that the queue's schema has let pass; undefined for anything else. */
export function parseAddress(text: string): EmailAddress | undefined {
  const { quoted, name = quoted, boxed, bare = boxed } = ADDRESS.exec(text)?.groups ?? {};
  const [local, domain] = bare?.split('@') ?? [];
  if (domain === undefined || !URL.canParse(`http://${domain}`)) return undefined;
  // Mail servers know international domains in their ASCII form only. Plain ones keep their case.
  const ascii = /^[\x21-\x7e]*$/.test(domain) ? domain : new URL(`http://${domain}`).hostname;
  return { ...(name ? { name: name.trim() } : {}), address: `${local}@${ascii}` };
}

export function parseAddresses(addresses: EmailAddresses | undefined): EmailAddress[] {
  return [addresses ?? []].flat().flatMap((text) => parseAddress(text) ?? []);
}

/** `Ann <ann@example.com>`, the name in quotes where it needs them. */
export function formatAddress({ name, address }: EmailAddress): string {
  if (!name) return address;
  return /^[\p{L}\p{M}\p{N} '_-]*$/u.test(name) ? `${name} <${address}>` : `"${name}" <${address}>`;
}
