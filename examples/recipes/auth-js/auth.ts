// Auth.js: who signs in, and what a session says of them.

import NextAuth from 'next-auth';
import Credentials from 'next-auth/providers/credentials';
import { findMemberByPassword } from '@/members';

export const { handlers, auth } = NextAuth({
  providers: [
    // Use any provider. This one needs no other server.
    Credentials({
      credentials: { email: {}, password: { type: 'password' } },
      authorize: async ({ email, password }) => (await findMemberByPassword(email, password)) ?? null,
    }),
  ],
  callbacks: {
    // The token has the id of the user as its subject. By default it is not in the session.
    session: ({ session, token }) => ({ ...session, user: { ...session.user, id: token.sub ?? '' } }),
  },
});
