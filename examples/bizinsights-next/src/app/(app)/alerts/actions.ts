'use server';

import { revalidatePath } from 'next/cache';
import { type ActionResult, answering } from '@/lib/action-result';
import { requirePermission } from '@/lib/sign-in/session';
import { store } from '@/lib/store/store';

const NOT_FOUND: ActionResult = { error: 'There is no such alert any more.' };

export async function acknowledge(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(() => act('acknowledge', String(form.get('id'))));
}

export async function resolve(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(() => act('resolve', String(form.get('id'))));
}

async function act(action: 'acknowledge' | 'resolve', id: string): Promise<ActionResult> {
  const { organization, member } = await requirePermission('operate');
  if (!(await store.alerts.get(organization.id, id))) return NOT_FOUND;
  await store.alerts[action](organization.id, id, { by: member.id });
  revalidatePath('/alerts');
  revalidatePath(`/alerts/${encodeURIComponent(id)}`);
  return { notice: action === 'acknowledge' ? 'Acknowledged.' : 'Resolved.' };
}
