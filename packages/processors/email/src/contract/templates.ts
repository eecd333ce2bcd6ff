/** The built-in templates: the schema of the variables of each. */
import { z } from 'zod';
import { EMAIL_LIMITS } from './limits.js';
import { figure, line, link, text, time } from './texts.js';

/** From harmless to urgent. */
export const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;

/** Why one gets this mail, as a sentence of the footer. Default: the template's own. */
const reason = line.optional();

/** The variables of the templates that come with the package. All texts are plain: they are escaped when rendered. */
export const emailTemplates = {
  welcome: z.strictObject({
    name: line,
    productName: line,
    organizationName: line.optional(),
    dashboardUrl: link,
    reason,
  }),
  'report-delivery': z.strictObject({
    recipientName: line.optional(),
    reportName: line,
    /** As a reader says it: `October 2026`. */
    period: line,
    organizationName: line.optional(),
    summary: z
      .array(z.strictObject({ label: line, value: figure }))
      .max(50)
      .optional(),
    downloadUrl: link.optional(),
    /** When the link stops working. */
    expiresAt: time.optional(),
    reason,
  }),
  'team-invitation': z.strictObject({
    inviterName: line,
    organizationName: line,
    role: line.optional(),
    invitationUrl: link,
    expiresAt: time.optional(),
    reason,
  }),
  'alert-notification': z.strictObject({
    severity: z.enum(SEVERITIES),
    title: line.max(EMAIL_LIMITS.alertTitle),
    /** May have line breaks. */
    message: text.max(EMAIL_LIMITS.alertMessage),
    occurredAt: time,
    organizationName: line.optional(),
    metric: line.optional(),
    value: figure.optional(),
    threshold: figure.optional(),
    dashboardUrl: link.optional(),
    reason,
  }),
  'insights-digest': z.strictObject({
    /** As a reader says it: `16 – 22 November 2026`. */
    period: line,
    organizationName: line.optional(),
    /** The most important first. */
    insights: z
      .array(
        z.strictObject({
          title: line.max(EMAIL_LIMITS.alertTitle),
          /** May have line breaks. */
          text: text.max(EMAIL_LIMITS.digestText),
        }),
      )
      .min(1)
      .max(EMAIL_LIMITS.digestInsights),
    /** How many there are beside those. */
    more: z.int().min(0).optional(),
    dashboardUrl: link.optional(),
    reason,
  }),
} as const;
