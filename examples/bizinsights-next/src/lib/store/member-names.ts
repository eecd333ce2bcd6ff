/** How the members of an organization are called, by their ids. */
import { store } from './store';

export async function memberNames(organizationId: string): Promise<ReadonlyMap<string, string>> {
  const members = await store.organizations.members(organizationId);
  return new Map(members.map(({ id, name, email }) => [id, name ?? email]));
}
