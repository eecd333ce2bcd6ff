/** Every route of the API, in the order in which paths are matched: fixed names before `{queue}`. */
import type { Route } from './route.js';
import { audit } from './routes/audit.js';
import { events } from './routes/events.js';
import { health } from './routes/health.js';
import { actOnJob, job, listJobs } from './routes/jobs.js';
import { metrics } from './routes/metrics.js';
import { monitoring, retryFailed } from './routes/monitoring.js';
import { openapi } from './routes/openapi.js';
import { actOnQueue, queue } from './routes/queues.js';
import { actOnSchedule, listSchedules, putSchedule, removeSchedule } from './routes/schedules.js';
import { workers } from './routes/workers.js';

export const ROUTES: readonly Route[] = [
  monitoring,
  retryFailed,
  workers,
  health,
  metrics,
  events,
  audit,
  openapi(() => ROUTES),
  listSchedules,
  putSchedule,
  removeSchedule,
  actOnSchedule,
  queue,
  actOnQueue,
  listJobs,
  job,
  actOnJob,
];
