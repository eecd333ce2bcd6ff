/** Every route of the API, in the order in which paths are matched: fixed names before `{queue}`. */
import type { Route } from './route.js';
import { monitoring, retryFailed } from './routes/monitoring.js';
import { actOnQueue, queue } from './routes/queues.js';

export const ROUTES: readonly Route[] = [monitoring, retryFailed, queue, actOnQueue];
