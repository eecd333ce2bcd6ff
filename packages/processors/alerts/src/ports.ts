/** What the host supplies: where alerts are kept, and who an organization's people are. `@bizinsights/jobs-store` has both. */
import type { AlertJob, AlertResult, AlertSeverity } from './queue.js';

export type AlertStatus = 'open' | 'acknowledged' | 'resolved';

/** An alert as it is kept. Times are epoch ms. */
export interface Alert {
  readonly id: string;
  /** Absent: it is about the system itself. */
  readonly organizationId?: string;
  readonly fingerprint: string;
  readonly status: AlertStatus;
  /** The highest since it was opened. */
  readonly severity: AlertSeverity;
  /** These six are of the last occurrence. */
  readonly type: string;
  readonly source: string;
  readonly title: string;
  readonly message: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly evidence?: NonNullable<AlertJob['evidence']>;
  /** How often it was reported, over all of its openings. */
  readonly occurrences: number;
  readonly createdAt: number;
  /** The last time: it may have been resolved and have come back since it was created. */
  readonly openedAt: number;
  readonly lastSeenAt: number;
  readonly acknowledgedBy?: string;
  readonly acknowledgedAt?: number;
  readonly resolvedBy?: string;
  readonly resolvedAt?: number;
}

/** What a job reports. */
export interface AlertOccurrence {
  /** The same in each attempt of the job, and of no other job. */
  readonly id: string;
  readonly organizationId?: string;
  readonly fingerprint: string;
  readonly type: string;
  readonly severity: AlertSeverity;
  readonly source: string;
  readonly title: string;
  readonly message: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly evidence?: NonNullable<AlertJob['evidence']>;
}

/** What an occurrence has done. */
export interface RaisedAlert {
  /** As it is now. */
  readonly alert: Alert;
  readonly outcome: AlertResult['outcome'];
  /** How often the alert had been opened then: 1, and one more each time it came back. */
  readonly opening: number;
}

/** One telling of an alert, on one way. */
export interface AlertNotice {
  readonly alertId: string;
  readonly opening: number;
  /** The name of the channel. */
  readonly channel: string;
  /** The id of the occurrence whose job tells it. */
  readonly occurrence: string;
}

/** Somebody whom an occurrence has to tell, or has told. */
export interface ClaimedRecipient {
  readonly recipient: string;
  readonly isSent: boolean;
}

/** Where alerts are kept: `store.alerts`. */
export interface AlertStore {
  /**
   * Opens the alert of an organization and a fingerprint, or counts the occurrence where it is open or acknowledged: then
   * the severity may rise, and never falls. One that is resolved is opened again. An occurrence that was raised before
   * changes nothing, and gets the same outcome and opening, also where several attempts raise it at once.
   */
  raise(occurrence: AlertOccurrence): Promise<RaisedAlert>;
  /**
   * Takes over the telling of those who are not told of this opening yet, and whom no other occurrence is telling right
   * now. A claim that was not confirmed within a minute may be taken over by another occurrence. Answers all that are this
   * occurrence's, also those of an earlier call.
   */
  claim(notice: AlertNotice, recipients: readonly string[]): Promise<readonly ClaimedRecipient[]>;
  /** Those were told. */
  confirmSent(notice: AlertNotice, recipients: readonly string[]): Promise<void>;
}

/** An organization, as far as an alert needs it. */
export interface AlertOrganization {
  readonly id: string;
  readonly name: string;
  /** IANA, such as `Europe/Berlin`. */
  readonly timeZone?: string;
  /** BCP 47. */
  readonly locale?: string;
}

/** A member of an organization, as far as an alert needs it. */
export interface AlertMember {
  readonly email: string;
  /** `owner` and `admin` are told; others are not. */
  readonly role: string;
  /** Default: the organization's. */
  readonly timeZone?: string;
  /** BCP 47. Default: the organization's. */
  readonly locale?: string;
}

/** Who an organization's people are: `store.organizations`. */
export interface AlertMembers {
  /** Undefined where there is none. */
  get(organizationId: string): Promise<AlertOrganization | undefined>;
  members(organizationId: string): Promise<readonly AlertMember[]>;
}
