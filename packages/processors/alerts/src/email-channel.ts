/** `emailChannel`: one mail a person. */
import { defined, isTimeZone, type Logger, toError } from '@bizinsights/jobs-core';
import { asLine, asText, EMAIL_LIMITS, emailLocaleOf, emailQueue } from '@bizinsights/jobs-email/queue';
import type { AlertChannel, AlertToTell } from './channel.js';
import { isLink } from './link.js';
import { addressKey } from './people.js';
import type { Alert } from './ports.js';
import { reasonFor } from './reason.js';

/** What `emailChannel` takes. */
export interface EmailChannelOptions {
  /**
   * The host's page of an alert, where its reader acknowledges it: http or https, at most 2,048 characters. Default:
   * `dashboardUrl` of `alertsProcessor`. Where it throws or answers something else that is logged, and the mail goes out
   * with that default.
   */
  readonly link?: (alert: Alert) => string;
}

/**
 * Tells people by mail: one job of the queue `email-sending` a person, with the template `alert-notification`, in the
 * person's language and zone.
 *
 * @example
 * ```ts
 * emailChannel({ link: ({ id }) => `https://app.example.com/alerts/${id}` });
 * ```
 */
export function emailChannel({ link }: EmailChannelOptions = {}): AlertChannel {
  return {
    name: 'email',
    queues: [emailQueue],
    messages(toTell, { logger }) {
      const { alert, organization, people } = toTell;
      const dashboardUrl = linkTo(toTell, link, logger);
      const organizationName = organization && (toLine(organization.name) ?? toLine(organization.id));
      const title = toLine(alert.title) ?? toLine(alert.type) ?? alert.id;
      const variables = {
        severity: alert.severity,
        title,
        message: asText(alert.message, EMAIL_LIMITS.alertMessage) ?? title,
        occurredAt: new Date(alert.lastSeenAt).toISOString(),
        ...defined({ organizationName, dashboardUrl }),
      };
      return people.map(({ email, role, locale: given, timeZone: zone }) => {
        const locale = emailLocaleOf(given);
        const timeZone = zone !== undefined && isTimeZone(zone) ? zone : undefined;
        const mail = {
          template: 'alert-notification',
          to: email,
          variables: { ...variables, reason: reasonFor(role, locale, organizationName) },
          ...defined({ organizationId: organization?.id, locale, timeZone }),
        } as const;
        return {
          recipient: addressKey(email),
          // The key holds also where the first mail was sent and its job is gone.
          send: (job, id) => job.enqueue(emailQueue, { ...mail, idempotencyKey: id }, { id }),
        };
      });
    },
  };
}

function linkTo(
  { alert, dashboardUrl }: AlertToTell,
  link: EmailChannelOptions['link'],
  logger: Logger,
): string | undefined {
  if (!link) return dashboardUrl;
  try {
    const answer: unknown = link(alert);
    if (isLink(answer)) return answer;
    logger.error(
      `Alert "${alert.id}": \`link\` of emailChannel gave ${JSON.stringify(answer)}, no http or https address`,
    );
  } catch (thrown) {
    logger.error({ err: toError(thrown) }, `Alert "${alert.id}": \`link\` of emailChannel has failed`);
  }
  return dashboardUrl;
}

const toLine = (text: string) => asLine(text, EMAIL_LIMITS.alertTitle);
