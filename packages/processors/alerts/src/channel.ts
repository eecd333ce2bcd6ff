/** Ways on which people are told of an alert. */
import type { AnyQueueDefinition, JobTools } from '@bizinsights/jobs-core';
import type { AlertPerson } from './people.js';
import type { Alert, AlertOrganization } from './ports.js';

/** An alert, and those who are to be told of it. */
export interface AlertToTell {
  readonly alert: Alert;
  /** Absent: the alert is about the system itself. */
  readonly organization?: AlertOrganization;
  readonly people: readonly AlertPerson[];
  /** Of `alertsProcessor`. */
  readonly dashboardUrl?: string;
}

/** One message to somebody. */
export interface AlertMessage {
  /** Told once for each opening of the alert: an address, in small letters. At most 512 characters. */
  readonly recipient: string;
  /**
   * Adds the job that tells, under this id: it stays the same whenever the message is tried again. That may be when the
   * first one has been told and its job is gone: make sure by the id that nobody is told twice.
   */
  send(job: Pick<JobTools, 'enqueue'>, id: string): Promise<unknown>;
}

/** A way on which people are told: `emailChannel()`. */
export interface AlertChannel {
  /** Stands in the store beside who was told. */
  readonly name: string;
  /** The queues that it adds jobs to. */
  readonly queues: readonly AnyQueueDefinition[];
  messages(toTell: AlertToTell, job: Pick<JobTools, 'logger'>): readonly AlertMessage[];
}
