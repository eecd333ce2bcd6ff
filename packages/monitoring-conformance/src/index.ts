/** What every way to mount the monitoring API answers alike, as tests. */
export { adapterArguments, type MonitoringAdapter } from './arguments.js';
export { bellRoutes, byHeader, createHost, mails, plain } from './host.js';
export { monitoringConformance, type Subject } from './suite.js';
