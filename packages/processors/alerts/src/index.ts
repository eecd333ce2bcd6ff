/**
 * `@bizinsights/jobs-alerts`: alerts as jobs: kept once while they are open, and mailed to the people who must act.
 *
 * @packageDocumentation
 */
export type { AlertChannel, AlertMessage, AlertToTell } from './channel.js';
export { type EmailChannelOptions, emailChannel } from './email-channel.js';
export type { AlertPerson, AlertRole } from './people.js';
export type {
  Alert,
  AlertMember,
  AlertMembers,
  AlertNotice,
  AlertOccurrence,
  AlertOrganization,
  AlertStatus,
  AlertStore,
  ClaimedRecipient,
  RaisedAlert,
} from './ports.js';
export { type AlertsProcessorOptions, alertsProcessor } from './processor.js';
export {
  ALERT_LIMITS,
  ALERT_SEVERITIES,
  type AlertJob,
  type AlertJobInput,
  type AlertResult,
  type AlertSeverity,
  type AlertsQueue,
  alertsQueue,
} from './queue.js';
