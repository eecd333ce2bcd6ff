/** Who is told of an alert. */
import { defined } from '@bizinsights/jobs-core';
import { ADDRESS } from '@bizinsights/jobs-email/queue';
import type { AlertMember, AlertOrganization } from './ports.js';

/** Why somebody is told. An operator runs the system. */
export type AlertRole = 'owner' | 'admin' | 'operator';

/** Somebody who is told. */
export interface AlertPerson {
  /** The address alone, without a name. */
  readonly email: string;
  readonly role: AlertRole;
  /** IANA. */
  readonly timeZone?: string;
  /** BCP 47. */
  readonly locale?: string;
}

/** In the order in which one of them is chosen for an address that several have. */
const TOLD_ROLES = ['owner', 'admin'] as const;

/** What the email queue takes, with a name before it. Characters. */
const MAX_ADDRESS = 512;

/** The owners and admins of an organization, each address once. Those without a usable address are left out. */
export function peopleOf(organization: AlertOrganization, members: readonly AlertMember[]): AlertPerson[] {
  const people = TOLD_ROLES.flatMap((role) =>
    members
      .filter((member) => member.role === role)
      .flatMap(({ email: given, timeZone = organization.timeZone, locale = organization.locale }) => {
        const email = readAddress(given);
        return email === undefined ? [] : [{ email, role, ...defined({ timeZone, locale }) }];
      }),
  );
  return eachAddressOnce(people);
}

/** Those who are told of alerts about the system itself. */
export function operatorsOf(addresses: readonly string[]): AlertPerson[] {
  return eachAddressOnce(addresses.map((email) => ({ email, role: 'operator' })));
}

/** The address of `ann@example.com` and of `Ann <ann@example.com>`; undefined where mail cannot be sent to it. */
export function readAddress(given: string): string | undefined {
  if (given.length > MAX_ADDRESS) return undefined;
  const { boxed, bare } = ADDRESS.exec(given.trim())?.groups ?? {};
  const email = boxed ?? bare;
  if (email === undefined) return undefined;
  return URL.canParse(`http://${email.split('@')[1]}`) ? email : undefined;
}

/** By which an address is known: hardly any server tells capitals apart. */
export function addressKey(email: string): string {
  return email.toLowerCase();
}

function eachAddressOnce(people: readonly AlertPerson[]): AlertPerson[] {
  const byAddress = new Map<string, AlertPerson>();
  for (const person of people) {
    const key = addressKey(person.email);
    if (!byAddress.has(key)) byAddress.set(key, person);
  }
  return [...byAddress.values()];
}
