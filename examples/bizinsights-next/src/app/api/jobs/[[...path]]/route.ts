/** The monitoring API: for who is signed in, by the session's cookie, and for `curl`, by the token `JOBS_TOKEN`. */
import { type Authorize, bearerToken } from '@bizinsights/jobs-core/monitoring';
import { toNextHandlers } from '@bizinsights/jobs-next';
import { jobs } from '@/lib/jobs';
import { authorizeSession } from '@/lib/sign-in/authorize';

const token = process.env.JOBS_TOKEN?.trim();
const byToken: Authorize = token ? bearerToken({ token, actor: 'curl', role: 'operator' }) : () => null;

const authorize: Authorize = (request, caller) =>
  request.headers.has('authorization') ? byToken(request, caller) : authorizeSession(request);

export const { GET, POST, PUT, DELETE } = toNextHandlers(jobs, { authorize });
