// The monitoring API in an Express app that signs its users in by express-session.
import type { MonitoredJobs } from '@bizinsights/jobs-core/monitoring';
import { type ExpressAuthorize, monitoringRouter } from '@bizinsights/jobs-express';
import express, { type Express } from 'express';
import session, { type Store } from 'express-session';
import { findMember, findMemberByPassword } from '../members.js';

// #region types
declare module 'express-session' {
  interface SessionData {
    memberId: string;
  }
}
// #endregion

// #region authorize
const ROLES = { owner: 'admin', admin: 'operator', member: 'viewer' } as const;

const authorize: ExpressAuthorize = async (_request, { req }) => {
  // Read with each request, so that a change of role takes effect at once.
  const member = await findMember(req.session.memberId);
  if (!member) return null;
  const principal = { actor: member.email, role: ROLES[member.role] };
  // Your own staff see the jobs of all organizations, customers only their own.
  return member.organizationId === undefined ? principal : { ...principal, tenants: [member.organizationId] };
};
// #endregion

export interface AppOptions {
  readonly jobs: MonitoredJobs;
  /** Signs the cookies. */
  readonly secret: string;
  readonly store: Store;
}

export function createApp({ jobs, secret, store }: AppOptions): Express {
  const app = express();
  // #region app
  app.use(
    session({
      store,
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: 8 * 3_600_000 },
    }),
  );

  app.post('/sign-in', express.json(), async (req, res, next) => {
    const { email, password } = req.body ?? {};
    const member = await findMemberByPassword(email, password);
    if (!member) return void res.sendStatus(401);
    // A new id: an attacker may know the id that the browser had before.
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.memberId = member.id;
      res.sendStatus(204);
    });
  });

  app.post('/sign-out', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.sendStatus(204)));
  });

  app.use('/api/jobs', monitoringRouter(jobs, { authorize }));
  // #endregion
  return app;
}
