/** The templates that come with the package, by name. */
import type { z } from 'zod';
import type { BuiltInTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { alertNotification } from './alert-notification.js';
import { insightsDigest } from './insights-digest.js';
import { reportDelivery } from './report-delivery.js';
import { teamInvitation } from './team-invitation.js';
import { welcome } from './welcome.js';

export const builtInTemplates: {
  readonly [Name in keyof BuiltInTemplates]: EmailTemplate<z.output<BuiltInTemplates[Name]>>;
} = {
  welcome,
  'report-delivery': reportDelivery,
  'team-invitation': teamInvitation,
  'alert-notification': alertNotification,
  'insights-digest': insightsDigest,
};
