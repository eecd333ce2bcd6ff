import type { Texts } from './texts.js';

const SEVERITY = { LOW: 'Low', MEDIUM: 'Medium', HIGH: 'High', CRITICAL: 'Critical' } as const;

export const en: Texts = {
  // Day before month, and a clock of 24 hours.
  language: 'en-GB',
  moment: (day, clock, zone) => `${day}, ${clock} ${zone}`,
  hello: (name) => `Hello ${name},`,
  footer: {
    sentBy: (name) => `Sent by ${name}`,
    questions: (address) => `Questions? Write to ${address}`,
  },
  welcome: {
    subject: ({ name, productName }) => `Welcome to ${productName}, ${name}`,
    preview: () => 'Your account is ready.',
    ready: ({ organizationName }) =>
      `Your account ${organizationName ? `in ${organizationName} ` : ''}is ready. Everything begins on your dashboard.`,
    open: (productName) => `Open ${productName}`,
    reason: ({ productName }) => `You get this mail because an account of ${productName} was created for you.`,
  },
  report: {
    subject: ({ reportName, period }) => `${reportName}: ${period}`,
    preview: ({ period }) => `The report for ${period} is ready.`,
    intro: ({ reportName, organizationName, period }) =>
      `Here is the report “${reportName}” ${organizationName ? `of ${organizationName} ` : ''}for ${period}.`,
    download: 'Download the report',
    expires: (time) => `The link works until ${time}.`,
    reason: ({ organizationName }) =>
      `You get this mail because ${organizationName ? `reports of ${organizationName} are` : 'this report is'} sent to this address.`,
  },
  invitation: {
    subject: ({ inviterName, organizationName }) => `${inviterName} invites you to join ${organizationName}`,
    preview: ({ inviterName }) => `${inviterName} would like to work with you.`,
    title: (organizationName) => `Join ${organizationName}`,
    body: ({ inviterName, organizationName, role }) =>
      `${inviterName} invites you to join ${organizationName}${role ? ` as ${role}` : ''}.`,
    accept: 'Accept the invitation',
    expires: (time) => `The invitation is valid until ${time}.`,
    ignore: 'If you did not expect it, you can ignore this mail.',
    reason: ({ inviterName }) => `You get this mail because ${inviterName} has invited this address.`,
  },
  alert: {
    badge: (severity) => `Severity: ${SEVERITY[severity]}`,
    subject: ({ severity, title }) => `${SEVERITY[severity]}: ${title}`,
    preview: ({ message }) => message,
    organization: 'Organization',
    metric: 'Metric',
    value: 'Value',
    threshold: 'Threshold',
    time: 'Time',
    open: 'View details',
    reason: ({ organizationName }) =>
      `You get this mail because alerts ${organizationName ? `of ${organizationName} ` : ''}are sent to this address.`,
  },
  digest: {
    subject: ({ organizationName, period }) =>
      `Weekly insights${organizationName ? ` of ${organizationName}` : ''}: ${period}`,
    preview: ({ insights: [first] }) => first?.title ?? '',
    intro: ({ insights }) =>
      insights.length === 1
        ? 'This mattered in the figures:'
        : 'This mattered in the figures, the most important first:',
    more: (count) => (count === 1 ? 'There is 1 more insight.' : `There are ${count} more insights.`),
    open: 'See all insights',
    reason: ({ organizationName }) =>
      `You get this mail because weekly insights ${organizationName ? `of ${organizationName} ` : ''}are sent to this address.`,
  },
};
