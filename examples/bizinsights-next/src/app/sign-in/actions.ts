'use server';

import { redirect } from 'next/navigation';
import { z } from 'zod';
import type { ActionResult } from '@/lib/action-result';
import { findByEmail } from '@/lib/sign-in/demo-people';
import { signIn, signOut } from '@/lib/sign-in/session';
import { countTry, forgetTries } from '@/lib/sign-in/sign-in-tries';
import { store } from '@/lib/store/store';

const credentials = z.object({ email: z.string().trim().toLowerCase().max(254), password: z.string().max(1_000) });

/** Which of the two is wrong is not told, neither in words nor by the time that it takes. */
const WRONG: ActionResult = { error: 'Email address or password is wrong.' };

export async function enter(_: ActionResult, form: FormData): Promise<ActionResult> {
  const parsed = credentials.safeParse(Object.fromEntries(form));
  if (!parsed.success) return WRONG;
  const { email, password } = parsed.data;
  const wait = await countTry(email);
  if (wait > 0) return { error: `Too many tries for this address. Try again in ${Math.ceil(wait / 60_000)} minutes.` };
  const member = await findByEmail(email);
  const isRight = await store.passwords.isOf(member, password);
  if (!member || !isRight) return WRONG;
  await forgetTries(email);
  await signIn(member.organizationId, member.id);
  redirect('/');
}

export async function leave(): Promise<void> {
  await signOut();
  redirect('/sign-in');
}
