/** Two organizations with their people, so that roles and tenants are seen to work. What is there already stays. */
import type { Store } from '@bizinsights/jobs-store';
import type { Passwords } from '../lib/sign-in/passwords';

interface SeededPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: 'owner' | 'admin' | 'member';
}

interface SeededOrganization {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly people: readonly SeededPerson[];
}

/** Of everybody, and no secret: the page of the sign-in shows it. */
export const DEMO_PASSWORD = 'bizinsights';

/** The first one gets the data of the sandbox's shop; the second one has nothing but its people. */
export const ORGANIZATIONS = [
  {
    id: 'glaze',
    name: 'Glaze & Co',
    timeZone: 'Europe/Berlin',
    currency: 'EUR',
    people: [
      { id: 'ann', name: 'Ann Keller', email: 'ann@glaze.example', role: 'owner' },
      { id: 'bob', name: 'Bob Okafor', email: 'bob@glaze.example', role: 'admin' },
      { id: 'cleo', name: 'Cleo Moreau', email: 'cleo@glaze.example', role: 'member' },
    ],
  },
  {
    id: 'harbor',
    name: 'Harbor Supplies',
    timeZone: 'America/New_York',
    currency: 'USD',
    people: [
      { id: 'dan', name: 'Dan Whitaker', email: 'dan@harbor.example', role: 'owner' },
      { id: 'eve', name: 'Eve Lindqvist', email: 'eve@harbor.example', role: 'admin' },
      { id: 'finn', name: 'Finn Sato', email: 'finn@harbor.example', role: 'member' },
    ],
  },
] as const satisfies readonly SeededOrganization[];

/** Adds the organizations and the passwords that are missing: settings that people have changed stay theirs. */
export async function seed({ organizations }: Pick<Store, 'organizations'>, passwords: Passwords): Promise<void> {
  for (const { people, ...organization } of ORGANIZATIONS) {
    const members = people.map((person) => ({ organizationId: organization.id, ...person }));
    if (!(await organizations.get(organization.id))) {
      await organizations.upsert(organization);
      for (const member of members) await organizations.upsertMember(member);
    }
    await passwords.setMissing(members, DEMO_PASSWORD);
  }
}
