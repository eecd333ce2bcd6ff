/** Every route of the API but its own description. The first segments that are fixed names are no names of queues. */
import type { Route } from '../http/route.js';
import type { MonitoringContext } from './route.js';
import { audit } from './routes/audit.js';
import { events } from './routes/events.js';
import { health } from './routes/health.js';
import { actOnJob, job, listJobs } from './routes/jobs.js';
import { metrics } from './routes/metrics.js';
import { monitoring, retryFailed } from './routes/monitoring.js';
import { actOnQueue, queue } from './routes/queues.js';
import { actOnSchedule, listSchedules, putSchedule, removeSchedule } from './routes/schedules.js';
import { workers } from './routes/workers.js';

export const ROUTES: readonly Route<MonitoringContext>[] = [
  monitoring,
  retryFailed,
  workers,
  health,
  metrics,
  events,
  audit,
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
