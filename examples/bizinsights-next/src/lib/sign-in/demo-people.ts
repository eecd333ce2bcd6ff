/** Who can sign in to the demo: the members that were seeded, all with one password that is no secret. */
import type { Member } from '@bizinsights/jobs-store';
import { ORGANIZATIONS } from '../../demo/seed';
import { store } from '../store/store';

export interface DemoOrganization {
  readonly id: string;
  readonly name: string;
  readonly members: readonly Member[];
}

/** As they are now: names and roles may have been changed in the settings. */
export async function listDemoOrganizations(): Promise<DemoOrganization[]> {
  return await Promise.all(
    ORGANIZATIONS.map(async ({ id, name }) => ({
      id,
      name: (await store.organizations.get(id))?.name ?? name,
      members: await store.organizations.members(id),
    })),
  );
}

export async function findByEmail(email: string): Promise<Member | undefined> {
  const organizations = await listDemoOrganizations();
  return organizations.flatMap(({ members }) => members).find((member) => member.email.toLowerCase() === email);
}
