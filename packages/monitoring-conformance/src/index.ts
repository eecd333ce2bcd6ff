/** What every way to mount the monitoring API answers alike, as tests. */
export { bellRoutes, byHeader, createHost, mails, plain } from './host.js';
export { monitoringConformance, type Subject } from './suite.js';
