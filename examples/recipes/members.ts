// Stands for the tables of a product: who belongs to which organization, and how passwords are checked.

export interface Member {
  readonly id: string;
  readonly email: string;
  readonly role: 'owner' | 'admin' | 'member';
  /** None: one of the product's own staff. */
  readonly organizationId?: string;
}

const members: readonly (Member & { readonly password: string })[] = [
  { id: '1', email: 'ann@glaze.example', role: 'owner', organizationId: 'glaze', password: 'of ann' },
  { id: '2', email: 'bob@glaze.example', role: 'member', organizationId: 'glaze', password: 'of bob' },
  { id: '3', email: 'cem@kiln.example', role: 'owner', organizationId: 'kiln', password: 'of cem' },
  { id: '4', email: 'dee@product.example', role: 'admin', password: 'of dee' },
];

export async function findMember(id: string | undefined): Promise<Member | undefined> {
  return members.find((member) => member.id === id);
}

export async function findMemberByPassword(email: unknown, password: unknown): Promise<Member | undefined> {
  return members.find((member) => member.email === email && member.password === password);
}
