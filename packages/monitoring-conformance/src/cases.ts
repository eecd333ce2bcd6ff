/** The requests, in the order in which they are sent, each with what every way to mount the API must answer. */
import { expect } from 'vitest';

export interface Case {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Behind the base path. */
  readonly path: string;
  /** Of who asks; `null` for nobody. Default: admin. */
  readonly role?: 'viewer' | 'operator' | 'admin' | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly status: number;
  readonly answers?: Readonly<Record<string, RegExp>>;
  /** What the JSON of the answer has; a text is what it contains. */
  readonly shape?: object | string;
  /** A parser of the host that comes first refuses it with the same status and an answer of its own. */
  readonly refusedByParser?: boolean;
}

const JSON_TYPE = { 'content-type': /^application\/json/ };
const ok = (data: object) => ({ status: 200, answers: JSON_TYPE, shape: { success: true, data } });
const refused = (status: number, code: string) => ({
  status,
  answers: JSON_TYPE,
  shape: { success: false, error: { code, message: expect.any(String) } },
});
const UNICODE = encodeURIComponent('größe');

export const CASES: readonly Case[] = [
  {
    method: 'GET',
    path: '/monitoring',
    role: 'viewer',
    ...ok({
      queues: { mails: { failed: 40 }, plain: { waiting: 5, isPaused: false } },
      totals: { waiting: 5, failed: 40 },
    }),
  },
  { method: 'GET', path: '/mails', ...ok({ queue: 'mails', failed: 40, failedJobs: expect.any(Array) }) },
  { method: 'GET', path: '/mails/jobs?state=failed&limit=40', ...ok({ jobs: { length: 40 }, isComplete: true }) },
  { method: 'GET', path: `/mails/jobs?text=${UNICODE}&limit=3`, ...ok({ jobs: { length: 3 } }) },
  { method: 'GET', path: '/mails/jobs?tenant=caf%C3%A9&limit=2', ...ok({ jobs: { length: 2 } }) },
  { method: 'GET', path: '/mails/jobs?tenant=caf+%26&limit=2', ...ok({ jobs: { length: 0 } }) },
  {
    method: 'GET',
    path: '/mails/jobs/mail-1',
    ...ok({ id: 'mail-1', state: 'failed', data: { to: '[redacted]', shop: 'café' } }),
  },
  { method: 'GET', path: '/mails/jobs/%E2%82%AC%20gone', ...refused(404, 'JOB_NOT_FOUND') },
  { method: 'GET', path: '/workers', ...ok({ workers: [] }) },
  { method: 'GET', path: '/health', ...ok({ engine: 'redis', reachable: true }) },
  // Probes have no token.
  { method: 'GET', path: '/health/live', role: null, status: 200, shape: '' },
  { method: 'GET', path: '/health/ready', role: null, status: 200, shape: '' },
  { method: 'HEAD', path: '/health/ready', role: null, status: 200, shape: '' },
  { method: 'POST', path: '/health/ready', body: {}, ...refused(405, 'METHOD_NOT_ALLOWED') },
  { method: 'GET', path: '/health', role: null, ...refused(401, 'UNAUTHORIZED') },
  {
    method: 'GET',
    path: '/metrics',
    status: 200,
    answers: { 'content-type': /^text\/plain/ },
    shape: 'bizinsights_jobs{queue="mails",state="failed"} 40',
  },
  { method: 'GET', path: '/openapi.json', status: 200, answers: JSON_TYPE, shape: { openapi: '3.1.0' } },
  { method: 'HEAD', path: '/monitoring', status: 200, answers: JSON_TYPE, shape: '' },
  { method: 'HEAD', path: '/events', status: 200, answers: { 'content-type': /^text\/event-stream/ }, shape: '' },

  { method: 'GET', path: '/monitoring', role: null, ...refused(401, 'UNAUTHORIZED') },
  { method: 'GET', path: '/no/such/path', role: null, ...refused(401, 'UNAUTHORIZED') },
  { method: 'POST', path: '/plain?action=pause', role: 'viewer', ...refused(403, 'FORBIDDEN') },
  { method: 'POST', path: '/plain?action=empty', role: 'operator', ...refused(403, 'FORBIDDEN') },
  {
    method: 'POST',
    path: '/plain?action=pause',
    headers: { origin: 'https://evil.example' },
    ...refused(403, 'CROSS_ORIGIN'),
  },
  { method: 'GET', path: '/nope', ...refused(404, 'QUEUE_UNKNOWN') },
  { method: 'GET', path: '/no/such/path/at/all', ...refused(404, 'NOT_FOUND') },
  { method: 'DELETE', path: '/monitoring', ...refused(405, 'METHOD_NOT_ALLOWED') },
  { method: 'PUT', path: '/mails', body: {}, ...refused(405, 'METHOD_NOT_ALLOWED') },
  { method: 'GET', path: '/mails/jobs?limit=many', ...refused(400, 'REQUEST_INVALID') },
  { method: 'GET', path: '/mails/jobs?state=failed&cursor=%00', ...refused(400, 'REQUEST_INVALID') },
  { method: 'POST', path: '/mails?action=explode', ...refused(400, 'REQUEST_INVALID') },
  { method: 'POST', path: '/monitoring/retry', body: { limit: -1 }, ...refused(400, 'REQUEST_INVALID') },
  { method: 'POST', path: '/monitoring/retry', body: '{', ...refused(400, 'REQUEST_INVALID'), refusedByParser: true },
  {
    method: 'POST',
    path: '/monitoring/retry',
    body: { queue: 'mails', jobIds: ['x'.repeat(70_000)] },
    ...refused(413, 'BODY_TOO_LARGE'),
  },
  {
    method: 'POST',
    path: '/monitoring/retry',
    body: JSON.stringify('x'.repeat(2_000_000)),
    ...refused(413, 'BODY_TOO_LARGE'),
    refusedByParser: true,
  },
  {
    method: 'POST',
    path: '/monitoring/retry',
    body: 'limit=1',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    ...refused(415, 'BODY_NOT_JSON'),
  },
  {
    method: 'POST',
    path: '/monitoring/retry',
    body: '{"limit":1}',
    headers: { 'content-type': 'text/plain' },
    ...refused(415, 'BODY_NOT_JSON'),
  },

  { method: 'POST', path: '/plain?action=pause', role: 'operator', ...ok({ queue: 'plain', isPaused: true }) },
  { method: 'GET', path: '/monitoring', ...ok({ totals: { paused: 5, waiting: 0 } }) },
  { method: 'POST', path: '/plain?action=resume', body: {}, ...ok({ isPaused: false }) },
  { method: 'POST', path: '/plain?action=empty', ...ok({ removed: 5 }) },
  { method: 'POST', path: '/monitoring/retry', body: { queue: 'mails', jobIds: ['mail-1'] }, ...ok({ retried: 1 }) },
  { method: 'POST', path: '/monitoring/retry', body: { limit: 2 }, ...ok({ retried: 2 }) },
  { method: 'POST', path: '/mails/jobs/mail-1?action=retry', ...refused(409, 'CONFLICT') },
  { method: 'POST', path: '/mails/jobs/mail-39?action=remove', ...ok({ id: 'mail-39', outcome: 'removed' }) },
  { method: 'POST', path: '/mails?action=clean', body: { state: 'failed', limit: 1 }, ...ok({ removed: 1 }) },
  {
    method: 'GET',
    path: '/audit?limit=1',
    ...ok({ entries: [{ actor: 'admin', action: 'clean', queue: 'mails', outcome: 'done' }] }),
  },

  // A plugin's routes.
  {
    method: 'GET',
    path: `/plugins/bells/${UNICODE}?tune=a%26b`,
    role: 'viewer',
    status: 200,
    answers: JSON_TYPE,
    shape: { id: 'größe', tune: 'a&b', actor: 'viewer' },
  },
  { method: 'GET', path: '/plugins/bells/great', role: null, ...refused(401, 'UNAUTHORIZED') },
  { method: 'GET', path: '/plugins/gongs', ...refused(404, 'NOT_FOUND') },
  { method: 'PUT', path: '/plugins/bells/great', body: {}, ...refused(405, 'METHOD_NOT_ALLOWED') },
  { method: 'POST', path: '/plugins/bells/great', role: 'viewer', body: { times: 1 }, ...refused(403, 'FORBIDDEN') },
  { method: 'POST', path: '/plugins/bells/great', body: { times: 0 }, ...refused(400, 'REQUEST_INVALID') },
  {
    method: 'POST',
    path: '/plugins/bells/great',
    body: { times: 1 },
    headers: { 'sec-fetch-site': 'cross-site' },
    ...refused(403, 'CROSS_ORIGIN'),
  },
  {
    method: 'POST',
    path: '/plugins/bells/a%2Fb',
    role: 'operator',
    body: { times: 3 },
    ...ok({ id: 'a/b', rung: 3 }),
  },
  {
    method: 'GET',
    path: '/audit?limit=1',
    ...ok({ entries: [{ actor: 'operator', action: 'bell:ring', target: 'a/b', outcome: 'done' }] }),
  },
  {
    method: 'GET',
    path: '/openapi.json',
    status: 200,
    answers: JSON_TYPE,
    shape: { paths: { '/plugins/bells/{id}': { get: {}, post: {} } } },
  },
];
