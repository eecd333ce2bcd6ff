/** Ties the types of a route of the monitoring API together: its `run` is given the API's services. */
import { routeDefiner } from '../http/route.js';
import type { Services } from './services.js';

/** What each route is given beside the request. */
export interface MonitoringContext {
  readonly services: Services;
}

export const defineRoute = routeDefiner<MonitoringContext>();
