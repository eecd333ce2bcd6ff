/** Who is signed in. The cookie holds ids alone: role and organization are read with each request, so a change holds at once. */
import type { Member, Organization } from '@bizinsights/jobs-store';
import { getIronSession, type SessionOptions } from 'iron-session';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { dataDir } from './data-dir';
import { type MemberRole, may, type Permission, toMemberRole } from './roles';
import { sessionPassword } from './session-password';
import { store } from './store';

/** 7 days in s. */
const SESSION_LENGTH = 7 * 24 * 3_600;

interface SessionData {
  organizationId?: string;
  memberId?: string;
}

/** Someone who is signed in. */
export interface Person {
  readonly organization: Organization;
  readonly member: Member;
  readonly role: MemberRole;
}

let options: SessionOptions | undefined;

/** Not at import: a build loads this file too. */
function sessionOptions(): SessionOptions {
  options ??= {
    cookieName: 'bizinsights_session',
    password: sessionPassword(dataDir()),
    ttl: SESSION_LENGTH,
    cookieOptions: {
      httpOnly: true,
      sameSite: 'lax',
      // The demo is served by plain http on this machine.
      secure: process.env.APP_URL?.startsWith('https:') ?? false,
      path: '/',
    },
  };
  return options;
}

/** Undefined where nobody is signed in, or where the member is no longer one. Read once a request. */
export const currentPerson = cache(async (): Promise<Person | undefined> => {
  const { organizationId, memberId } = await openSession();
  if (organizationId === undefined || memberId === undefined) return undefined;
  return await findPerson(organizationId, memberId);
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
  const session = await openSession();
  session.organizationId = organizationId;
  session.memberId = memberId;
  await session.save();
}

export async function signOut(): Promise<void> {
  (await openSession()).destroy();
}

async function openSession() {
  return await getIronSession<SessionData>(await cookies(), sessionOptions());
}

async function findPerson(organizationId: string, memberId: string): Promise<Person | undefined> {
  const [organization, members] = await Promise.all([
    store.organizations.get(organizationId),
    store.organizations.members(organizationId),
  ]);
  const member = members.find(({ id }) => id === memberId);
  return organization && member && { organization, member, role: toMemberRole(member.role) };
}
