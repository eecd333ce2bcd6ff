/**
 * `@bizinsights/jobs-alerts/queue`: the contract of the queue `alerts`. A web process imports it without the work.
 *
 * @packageDocumentation
 */
import { defineQueue, QueueName } from '@bizinsights/jobs-core/define';
import { z } from 'zod';

/** From the least to the most severe. HIGH and CRITICAL go out by mail. */
export const ALERT_SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** The bounds of one alert, in characters. */
export const ALERT_LIMITS = { title: 300, message: 5_000, name: 100, fingerprint: 300, labels: 50 } as const;

const name = z.string().min(1).max(ALERT_LIMITS.name);

/**
 * The queue `alerts`: keeps an alert, and tells the people who must act.
 *
 * @example
 * ```ts
 * await jobs.queue(alertsQueue).add({
 *   organizationId: 'acme',
 *   type: 'metric',
 *   severity: 'HIGH',
 *   title: 'Revenue fell by 40 %',
 *   message: 'Revenue of 24 November 2026 was 1,200 EUR; the median of Tuesdays is 2,000 EUR.',
 *   source: 'insights',
 *   fingerprint: 'insight:revenue:drop',
 * });
 * ```
 */
export const alertsQueue = defineQueue({
  name: QueueName.Alerts,
  description: 'Keeps an alert once while it is open, and mails it to those who must act.',
  schema: z.strictObject({
    /** Whose alert it is. Absent: it is about the system itself, for its operators. */
    organizationId: z.string().min(1).max(255).optional(),
    /** What kind of alert: `metric`, `integration`. */
    type: name,
    severity: z.enum(ALERT_SEVERITIES),
    title: z.string().min(1).max(ALERT_LIMITS.title),
    message: z.string().max(ALERT_LIMITS.message),
    /** Who raised it: `insights`, `data-sync`. */
    source: name,
    /** Alerts with the same one are one alert while it is open. Default: made from type, source, title and labels. */
    fingerprint: z.string().min(1).max(ALERT_LIMITS.fingerprint).optional(),
    /** Names and values, such as `{ metric: 'revenue' }`. */
    labels: z
      .record(name, z.string().max(500))
      .refine((labels) => Object.keys(labels).length <= ALERT_LIMITS.labels, `must be at most ${ALERT_LIMITS.labels}`)
      .optional(),
    /** The figures behind it, as JSON. */
    evidence: z.record(z.string(), z.json()).optional(),
  }),
  result: z.strictObject({
    alertId: z.string(),
    /** `created`: new. `repeated`: it was open already. `reopened`: it came back after it was resolved. */
    outcome: z.enum(['created', 'repeated', 'reopened']),
    /** How many people are told by this job. */
    recipients: z.number().int(),
  }),
  tenant: ({ organizationId = '' }) => organizationId,
});

export type AlertsQueue = typeof alertsQueue;
/** What the processor gets. */
export type AlertJob = z.output<AlertsQueue['schema']>;
/** What `add` takes. */
export type AlertJobInput = z.input<AlertsQueue['schema']>;
export type AlertResult = z.output<AlertsQueue['result']>;
