'use server';

import { redirect } from 'next/navigation';
import { z } from 'zod';
import type { ActionResult } from '@/lib/action-result';
import { findByEmail, isDemoPassword } from '@/lib/sign-in/demo-people';
import { signIn, signOut } from '@/lib/sign-in/session';

const credentials = z.object({ email: z.string().trim().toLowerCase(), password: z.string() });

export async function enter(_: ActionResult, form: FormData): Promise<ActionResult> {
  const parsed = credentials.safeParse(Object.fromEntries(form));
  const person =
    parsed.success && isDemoPassword(parsed.data.password) ? await findByEmail(parsed.data.email) : undefined;
  // Which of the two is wrong is not told.
  if (!person) return { error: 'Email address or password is wrong.' };
  await signIn(person.organizationId, person.id);
  redirect('/');
}

export async function leave(): Promise<void> {
  await signOut();
  redirect('/sign-in');
}
