/** `alertsProcessor`: keeps the alerts of the queue `alerts`, and tells the people who must act. */
import { createHash, randomUUID } from 'node:crypto';
import {
  abortable,
  defined,
  defineProcessor,
  type JobContext,
  PermanentError,
  type ProcessorDefinition,
  ProcessorDefinitionError,
} from '@bizinsights/jobs-core';
import type { AlertChannel, AlertToTell } from './channel.js';
import { emailChannel } from './email-channel.js';
import { fingerprintOf } from './fingerprint.js';
import { isLink } from './link.js';
import { operatorsOf, peopleOf, readAddress } from './people.js';
import type { AlertMembers, AlertNotice, AlertOrganization, AlertStore } from './ports.js';
import { type AlertSeverity, type AlertsQueue, alertsQueue } from './queue.js';

/** What `alertsProcessor` takes. */
export interface AlertsProcessorOptions {
  /** Where alerts are kept: `store.alerts`. */
  readonly alerts: AlertStore;
  /** Who is told: `store.organizations`. */
  readonly members: AlertMembers;
  /** How people are told. Default: `[emailChannel()]`. */
  readonly channels?: readonly AlertChannel[];
  /** Addresses that alerts about the system itself go to. Default: none, so that such alerts are kept and mailed to nobody. */
  readonly operators?: readonly string[];
  /** The page that a mail leads to: http or https. `emailChannel({ link })` gives each alert a page of its own. */
  readonly dashboardUrl?: string;
}

/** Whoever must act is told of these. */
const URGENT: ReadonlySet<AlertSeverity> = new Set(['HIGH', 'CRITICAL']);

/**
 * The processor of the queue `alerts`. An alert is kept once for each organization and fingerprint. One of severity HIGH or
 * CRITICAL is mailed to the owners and admins of the organization, each address once for each time that the alert is
 * opened, by one job of the queue `email-sending` a person.
 *
 * A job for an organization that there is not fails for good (`PermanentError`).
 *
 * @throws {ProcessorDefinitionError} for two channels of one name, operators that are no addresses, and a `dashboardUrl`
 *   that is no http or https address
 * @example
 * ```ts
 * const store = createStore({ pool });
 * jobs.registerProcessor(
 *   alertsProcessor({
 *     alerts: store.alerts,
 *     members: store.organizations,
 *     channels: [emailChannel({ link: ({ id }) => `https://app.example.com/alerts/${id}` })],
 *     operators: ['operations@example.com'],
 *   }),
 * );
 * ```
 */
export function alertsProcessor(options: AlertsProcessorOptions): ProcessorDefinition<AlertsQueue> {
  const { alerts, members, channels = [emailChannel()], dashboardUrl } = options;
  checkOptions(options);
  const operators = operatorsOf((options.operators ?? []).flatMap((given) => readAddress(given) ?? []));
  return defineProcessor({
    queue: alertsQueue,
    enqueues: channels.flatMap(({ queues }) => queues),
    async process(job) {
      const { data, signal } = job;
      const organization = await findOrganization(job, members);
      // Not the job's own id: a host may use that again when the job is gone.
      const id = await job.step('occurrence', () => randomUUID());
      const { organizationId, type, severity, source, title, message, labels = {}, evidence } = data;
      const raised = await abortable(signal, () =>
        alerts.raise({
          ...{ id, fingerprint: fingerprintOf(data), type, severity, source, title, message, labels },
          ...defined({ organizationId, evidence }),
        }),
      );
      const { alert, outcome, opening } = raised;
      const done = { alertId: alert.id, outcome };
      if (!URGENT.has(severity)) return { ...done, recipients: 0 };

      const people = organization
        ? peopleOf(organization, await abortable(signal, () => members.members(organization.id)))
        : operators;
      if (people.length === 0) job.logger.warn(`Alert "${alert.id}" is kept, but there is ${nobody(organization)}`);
      const toTell = { alert, people, ...defined({ organization, dashboardUrl }) };
      let recipients = 0;
      for (const channel of channels) {
        const notice = { alertId: alert.id, opening, channel: channel.name, occurrence: id };
        recipients += await tell(job, { channel, notice, toTell, alerts });
      }
      return { ...done, recipients };
    },
  });
}

function nobody(organization: AlertOrganization | undefined): string {
  return organization
    ? `no owner or admin of organization "${organization.id}" with an address to tell`
    : 'no operator to tell: see `operators` of alertsProcessor';
}

async function findOrganization(
  { data: { organizationId }, signal }: JobContext<AlertsQueue>,
  members: AlertMembers,
): Promise<AlertOrganization | undefined> {
  if (organizationId === undefined) return undefined;
  const organization = await abortable(signal, () => members.get(organizationId));
  if (!organization) throw new PermanentError(`There is no organization "${organizationId}"`);
  return organization;
}

interface Telling {
  readonly channel: AlertChannel;
  readonly notice: AlertNotice;
  readonly toTell: AlertToTell;
  readonly alerts: AlertStore;
}

/** Tells those on one channel whom no other job tells. Answers how many this job has told, in all of its attempts. */
async function tell(job: JobContext<AlertsQueue>, { channel, notice, toTell, alerts }: Telling): Promise<number> {
  const messages = channel.messages(toTell, job);
  if (messages.length === 0) return 0;
  const recipients = messages.map(({ recipient }) => recipient);
  const claimed = await abortable(job.signal, () => alerts.claim(notice, recipients));
  const isSentTo = new Map(claimed.map(({ recipient, isSent }) => [recipient, isSent]));
  const told = claimed.filter(({ isSent }) => isSent).length;
  const sent: string[] = [];
  for (const message of messages) {
    if (isSentTo.get(message.recipient) !== false) continue;
    await message.send(job, messageId(notice, message.recipient));
    sent.push(message.recipient);
  }
  if (sent.length > 0) await abortable(job.signal, () => alerts.confirmSent(notice, sent));
  return told + sent.length;
}

/** The same for all jobs of an opening: a message that was added twice is one. */
function messageId({ alertId, opening, channel }: AlertNotice, recipient: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([alertId, opening, channel, recipient]))
    .digest('base64url');
  return `alert-${hash}`;
}

function checkOptions({ channels = [], operators = [], dashboardUrl }: AlertsProcessorOptions): void {
  const refuse = (problem: string): never => {
    throw new ProcessorDefinitionError(`alertsProcessor: ${problem}`);
  };
  const names = channels.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse(`two of the \`channels\` are "${twice}"`);
  const wrong = operators.find((operator) => readAddress(operator) === undefined);
  if (wrong !== undefined) refuse(`"${wrong}" in \`operators\` is not an address such as "ann@example.com"`);
  if (dashboardUrl !== undefined && !isLink(dashboardUrl)) {
    refuse(`\`dashboardUrl\` "${dashboardUrl}" is not an http or https address`);
  }
}
