/** Who is signed in. The cookie holds ids alone: role and organization are read with each request, so a change holds at once. */
import { randomBytes } from 'node:crypto';
import type { Member, Organization } from '@bizinsights/jobs-store';
import { sealData, unsealData } from 'iron-session';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { z } from 'zod';
import { keptSecret } from '../host/kept-secret';
import { store } from '../store/store';
import { type MemberRole, may, type Permission, toMemberRole } from './roles';

const COOKIE = 'bizinsights_session';

/** 7 days in s. */
const SESSION_LENGTH = 7 * 24 * 3_600;

const sessionData = z.object({ organizationId: z.string(), memberId: z.string() });

/** Someone who is signed in. */
export interface Person {
  readonly organization: Organization;
  readonly member: Member;
  readonly role: MemberRole;
}

/** Undefined where nobody is signed in, or where the member is no longer one. Read once a request. */
export const currentPerson = cache(async (): Promise<Person | undefined> => {
  const seal = (await cookies()).get(COOKIE)?.value;
  if (seal === undefined) return undefined;
  // What is expired, or not ours, is opened as an empty object.
  const session = sessionData.safeParse(await unsealData(seal, { password: password(), ttl: SESSION_LENGTH }));
  return session.data && (await findPerson(session.data.organizationId, session.data.memberId));
});

/** For pages and actions: sends those who are not signed in to the sign-in page. */
export async function requirePerson(): Promise<Person> {
  return (await currentPerson()) ?? redirect('/sign-in');
}

/** What an action throws for someone who lacks the permission: pages show no button for it, so it is not worded for people. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';
}

/** @throws {ForbiddenError} for someone who may not */
export async function requirePermission(permission: Permission): Promise<Person> {
  const person = await requirePerson();
  if (!may(person.role, permission)) throw new ForbiddenError(`A ${person.role} may not ${permission}`);
  return person;
}

export async function signIn(organizationId: string, memberId: string): Promise<void> {
  const session: z.output<typeof sessionData> = { organizationId, memberId };
  (await cookies()).set(COOKIE, await sealData(session, { password: password(), ttl: SESSION_LENGTH }), {
    httpOnly: true,
    sameSite: 'lax',
    // The demo is served by plain http on this machine.
    secure: process.env.APP_URL?.startsWith('https:') ?? false,
    path: '/',
    maxAge: SESSION_LENGTH,
  });
}

export async function signOut(): Promise<void> {
  (await cookies()).delete(COOKIE);
}

/** At least 32 characters. A kept one leaves people signed in when the app is started again. */
function password(): string {
  return (
    process.env.SESSION_PASSWORD?.trim() || keptSecret('session-password', () => randomBytes(32).toString('base64url'))
  );
}

async function findPerson(organizationId: string, memberId: string): Promise<Person | undefined> {
  const [organization, members] = await Promise.all([
    store.organizations.get(organizationId),
    store.organizations.members(organizationId),
  ]);
  const member = members.find(({ id }) => id === memberId);
  return organization && member && { organization, member, role: toMemberRole(member.role) };
}
