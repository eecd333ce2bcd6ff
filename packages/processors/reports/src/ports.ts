/** What the host supplies: where reports are kept, and what they are made from. `@bizinsights/jobs-store` has both. */
import type { Writable } from 'node:stream';
import type { EmailLocale } from '@bizinsights/jobs-email/queue';
import type { ReportFormat, ReportPeriod, ReportRequest } from './queue.js';
import type { SalesData } from './sales/sales-data.js';

/**
 * `pending`: its job has not begun. `generating`: it is being made. `ready`: there is a file. `failed` and `cancelled`: there
 * is none. `expired`: there was one, and it is too old.
 */
export type ReportStatus = 'pending' | 'generating' | 'ready' | 'failed' | 'cancelled' | 'expired';

/** A report as a host shows it. */
export interface Report {
  readonly id: string;
  readonly organizationId: string;
  readonly template: string;
  readonly format: ReportFormat;
  readonly period: ReportPeriod;
  readonly status: ReportStatus;
  /** 0 to 100. */
  readonly progress: number;
  /** How the file is called when it is downloaded. Once it is ready. */
  readonly filename?: string;
  /** Of the file. Once it is ready. */
  readonly bytes?: number;
  /** Why it has failed, or was cancelled. */
  readonly error?: string;
  /** Epoch ms, as the others. */
  readonly createdAt: number;
  readonly readyAt?: number;
  /** From then on it can't be downloaded. */
  readonly expiresAt?: number;
}

/** What the mail about a report says, kept with it so that a later attempt says the same. */
export interface ReportMail {
  /** Of the report's own language, where mails know it. */
  readonly locale?: EmailLocale;
  /** IANA: of the times in the mail. */
  readonly timeZone: string;
  /** Why one gets it, as a sentence. */
  readonly reason: string;
  readonly reportName: string;
  /** As a reader says it: `October 2026`. */
  readonly period: string;
  readonly organizationName: string;
  readonly summary: readonly { readonly label: string; readonly value: string }[];
}

/** A report as the processor works on it. */
export interface ReportTask extends Report {
  readonly request: ReportRequest;
  /** The name of its file in the storage. Unguessable, and the same for each attempt. */
  readonly key: string;
  readonly mail?: ReportMail;
  /** Of `request` or `begin`, whichever came last. */
  readonly jobId?: string;
  /** Who has been sent it. */
  readonly mailed: readonly string[];
}

/** What a report becomes when its file is stored. */
export interface FinishedReport {
  readonly filename: string;
  readonly bytes: number;
  /** Of {@link ReportData.prepare}. */
  readonly dataVersion: string;
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly mail: ReportMail;
}

/** Where reports are kept: `store.reports`. */
export interface ReportStore {
  /**
   * Keeps a request, or finds the report of an equal one, also when many processes ask at once. Equal are requests of the
   * same organization, template, format, period, locale, zone, recipients and filters. The report of one is found while it
   * is pending or generating, and for an hour after it was made, unless the data of its period has changed since.
   *
   * @param jobId kept with a new one: the job that makes it
   */
  request(request: ReportRequest, jobId?: string): Promise<{ readonly id: string; readonly status: ReportStatus }>;
  /** Undefined if there is none. */
  find(id: string): Promise<ReportTask | undefined>;
  /** The same, if it is this organization's. */
  get(organizationId: string, id: string): Promise<Report | undefined>;
  /**
   * Makes a pending or generating one `generating`, from the start, also one that has failed. False: it is in another state,
   * and stays there.
   *
   * @param jobId kept with it: the job that makes it
   */
  begin(id: string, jobId?: string): Promise<boolean>;
  /** @returns false if it is not generating any more: it was cancelled */
  progress(id: string, progress: number): Promise<boolean>;
  /** Makes a generating one `ready`. False: it is not generating any more. */
  finish(id: string, report: FinishedReport): Promise<boolean>;
  /** Ends a pending or generating one. */
  fail(id: string, status: 'failed' | 'cancelled', reason: string): Promise<boolean>;
  /** Pending and generating ones that were asked for before a time, the oldest first, at most 1,000. */
  unfinished(before: number): Promise<readonly Report[]>;
  /** Keeps that a recipient has been sent it. */
  markMailed(id: string, recipient: string): Promise<void>;
  /** Makes those that are over at a time `expired`. Returns how many. */
  expire(now: number): Promise<number>;
  /** Expired ones whose file has not been removed, at most 1,000. */
  expiredFiles(): Promise<readonly { readonly id: string; readonly key: string }[]>;
  /** The file of an expired one is gone. */
  markFileRemoved(id: string): Promise<void>;
}

/** An organization as reports know it. */
export interface ReportOrganization {
  readonly id: string;
  readonly name: string;
  /** IANA: whose days the figures are of. */
  readonly timeZone: string;
  /** BCP 47. Default: English. */
  readonly locale?: string | undefined;
}

/** What reports are made from: `store.reportData`. */
export interface ReportData {
  /** Undefined if there is none. */
  organization(id: string): Promise<ReportOrganization | undefined>;
  /**
   * Brings the figures up to date, and returns a text that changes with the figures of the period and of the one before.
   *
   * @throws {PermanentError} when there is no such organization
   */
  prepare(organizationId: string, period: ReportPeriod): Promise<string>;
  /**
   * What the report `sales` shows.
   *
   * @throws {PermanentError} when there is no such organization
   */
  sales(organizationId: string, period: ReportPeriod): Promise<SalesData>;
}

/** How often a scheduled report comes: of the day, the week (Monday to Sunday) or the month before. */
export type ReportFrequency = 'daily' | 'weekly' | 'monthly';

/** What somebody has chosen to get regularly. */
export interface ReportSchedule {
  readonly id: string;
  readonly organizationId: string;
  readonly template: string;
  readonly format: ReportFormat;
  readonly frequency: ReportFrequency;
  /** 1 is Monday, 7 is Sunday. For `weekly`; default 1. */
  readonly weekday?: number | undefined;
  /** 1 to 28. For `monthly`; default 1. */
  readonly dayOfMonth?: number | undefined;
  /** When it is made, `08:00`, by the clocks of `timeZone`. */
  readonly time: string;
  /** IANA. */
  readonly timeZone: string;
  readonly locale?: string | undefined;
  readonly recipients: readonly string[];
}

/** Where people's choices are kept: `store.reports` too. */
export interface ReportScheduleStore {
  saveSchedule(schedule: Omit<ReportSchedule, 'id'> & { readonly id?: string | undefined }): Promise<{ id: string }>;
  /** All, one after the other: there may be many thousands. */
  schedules(): AsyncIterable<ReportSchedule>;
}

/** Whose file it is. */
export interface ReportReference {
  readonly id: string;
  readonly organizationId: string;
}

/** How a download address was judged. */
export type DownloadVerdict =
  | { readonly kind: 'valid'; readonly report: ReportReference }
  /** It was signed here, and is over. */
  | { readonly kind: 'expired' }
  /** It was not signed here, or changed. */
  | { readonly kind: 'forged' };

/** Where report files are kept: `localStorage`. */
export interface ReportStorage {
  /**
   * Keeps a file under a key, all of it or nothing, in the place of an earlier one.
   *
   * @param fill writes the file and ends the stream
   * @returns its size in bytes
   */
  write(key: string, fill: (output: Writable) => Promise<void>): Promise<number>;
  /** The file in pieces; undefined if there is none. */
  read(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Nothing happens if there is none. */
  remove(key: string): Promise<void>;
  /**
   * An address that needs no sign-in, for a while.
   *
   * @param options `expiresIn`: how long it works. ms, default 24 hours
   */
  downloadUrl(report: ReportReference, options?: { readonly expiresIn?: number }): string;
  /** Judges such an address. */
  verify(url: URL): DownloadVerdict;
}
