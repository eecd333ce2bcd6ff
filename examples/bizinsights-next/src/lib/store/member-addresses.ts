import { store } from './store';

/** The addresses of an organization's members, in lower case. */
export async function memberAddresses(organizationId: string): Promise<string[]> {
  const members = await store.organizations.members(organizationId);
  return members.map(({ email }) => email.toLowerCase());
}
