// auth.ts for next-auth 4: it exports the same as the one for version 5.

import NextAuth, { type DefaultSession, getServerSession, type NextAuthOptions } from 'next-auth';
import Credentials from 'next-auth/providers/credentials';
import { findMemberByPassword } from '@/members';

declare module 'next-auth' {
  interface Session {
    user?: DefaultSession['user'] & { id?: string };
  }
}

const options: NextAuthOptions = {
  providers: [
    // Use any provider. This one needs no other server.
    Credentials({
      credentials: { email: {}, password: { type: 'password' } },
      authorize: async (given) => (await findMemberByPassword(given?.email, given?.password)) ?? null,
    }),
  ],
  callbacks: {
    // The token has the id of the user as its subject. By default it is not in the session.
    session: ({ session, token }) => ({ ...session, user: { ...session.user, id: token.sub ?? '' } }),
  },
};

const handler = NextAuth(options);
export const handlers = { GET: handler, POST: handler };
export const auth = () => getServerSession(options);
