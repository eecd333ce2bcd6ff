/** Jobs that were stored with earlier versions of the queue's data, brought up to date. */
import { z } from 'zod';
import { EMAIL_LIMITS } from './limits.js';
import { shorten } from './texts.js';

/** Raise it with a step below when stored jobs no longer fit the schema. */
export const VERSION = 2;

/** Step n makes data of version n + 1 of data of version n. What it does not know it leaves as it is: the schema tells. */
export const migrate: Readonly<Record<number, (data: unknown) => unknown>> = { 1: alertsByTitleAndMessage };

/** `alert-notification` before version 2, as far as a step has to know it. */
const oldAlert = z.looseObject({
  alertName: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  metric: z.string(),
  value: z.union([z.number(), z.string()]),
  threshold: z.union([z.number(), z.string()]),
  description: z.string().optional(),
});
const oldJob = z.looseObject({
  template: z.literal('alert-notification'),
  variables: z.unknown().optional(),
  messages: z.array(z.looseObject({ variables: z.unknown().optional() })).optional(),
});

const SEVERITY = { info: 'LOW', warning: 'MEDIUM', critical: 'CRITICAL' } as const;

function alertsByTitleAndMessage(data: unknown): unknown {
  const { data: job } = oldJob.safeParse(data);
  if (!job) return data;
  const { variables, messages, ...rest } = job;
  return {
    ...rest,
    ...(variables === undefined ? {} : { variables: toAlert(variables) }),
    ...(messages && { messages: messages.map((mail) => ({ ...mail, variables: toAlert(mail.variables) })) }),
  };
}

function toAlert(variables: unknown): unknown {
  const { data: old } = oldAlert.safeParse(variables);
  if (!old) return variables;
  const { alertName, severity, description = '', ...rest } = old;
  const { metric, value, threshold } = rest;
  return {
    ...rest,
    severity: SEVERITY[severity],
    title: shorten(alertName, EMAIL_LIMITS.alertTitle),
    message:
      description.replace(/(?![\t\r\n])\p{Cc}/gu, ' ').trim() ||
      `${metric} is at ${value}, the threshold is ${threshold}.`,
  };
}
