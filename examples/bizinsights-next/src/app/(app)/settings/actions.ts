'use server';

import { revalidatePath } from 'next/cache';
import { z } from 'zod';
import { type ActionResult, answering } from '@/lib/action-result';
import { requirePermission } from '@/lib/sign-in/session';
import { store } from '@/lib/store/store';

const settings = z.object({
  name: z.string().trim().min(1).max(100),
  timeZone: z.string().trim(),
  currency: z.string().trim().toUpperCase(),
});

/** A change of zone or currency changes every day: the next refresh derives all days from the records again. */
export async function saveOrganization(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('administer');
    await store.organizations.upsert({ ...organization, ...settings.parse(Object.fromEntries(form)) });
    await store.metrics.refresh(organization.id);
    revalidatePath('/', 'layout');
    return { notice: 'Saved. All figures are of these days and in this currency now.' };
  });
}

const memberChange = z.object({ id: z.string(), role: z.enum(['owner', 'admin', 'member']) });

export async function changeRole(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('administer');
    const { id, role } = memberChange.parse(Object.fromEntries(form));
    const members = await store.organizations.members(organization.id);
    const member = members.find((one) => one.id === id);
    if (!member) return { error: 'There is no such member any more.' };
    const isLastOwner = member.role === 'owner' && members.filter((one) => one.role === 'owner').length === 1;
    if (isLastOwner && role !== 'owner')
      return { error: 'An organization needs an owner: make somebody else one first.' };
    await store.organizations.upsertMember({ ...member, role });
    revalidatePath('/settings');
    return { notice: `${member.name ?? member.email} is ${role === 'member' ? 'a' : 'an'} ${role} now.` };
  });
}
