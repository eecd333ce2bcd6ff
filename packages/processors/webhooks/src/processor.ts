/** `webhookProcessor`: does what the webhooks of the queue `webhook-processing` say. */
import {
  abortable,
  defined,
  defineProcessor,
  type JobContext,
  PermanentError,
  type ProcessorDefinition,
  ProcessorDefinitionError,
  toError,
} from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import type { RecordSink, WebhookEvent } from '@bizinsights/jobs-platforms';
import { webhooksEnvironment } from './environment.js';
import { eventKey } from './event-key.js';
import {
  type PrivacyRequests,
  type WebhookIntegration,
  type WebhookIntegrations,
  type WithWebhookIntegrations,
  webhookIntegrations,
} from './ports.js';
import { believe, notAhead } from './processing/believed.js';
import { carryOut, findAddressed } from './processing/carry-out.js';
import { createFindTakers, otherMode } from './processing/mode.js';
import { type CustomerDataHandler, demandNothingLeft, demandTaker, findForPrivacy } from './processing/privacy.js';
import { type WebhookJob, type WebhookQueue, type WebhookResult, webhookQueue } from './queue.js';
import { fromStored } from './raw-request.js';
import { createSecrets, missingSecret, type SecretOptions } from './secrets.js';
import { type SendingPlatform, sendersById, type WebhookPlatform } from './webhook-platform.js';

/**
 * What a host does about a topic, after the event's records have been stored. It runs once for an event: a later attempt
 * of the job does not run it again once it has ended. What it throws fails the attempt. It does not run for an event that
 * no integration takes since they are all of the other mode.
 *
 * @param integrations those that the event is for, and of its mode; none where it names no account, or only ones that we do
 *   not know: then look at the event's `mode` yourself
 */
export type WebhookTopicHandler = (
  event: WebhookEvent,
  job: JobContext<WebhookQueue>,
  integrations: readonly WebhookIntegration[],
) => Promise<void> | void;

/** What `webhookProcessor` takes. */
export interface WebhookProcessorOptions extends SecretOptions {
  /** As for `createWebhookHandler`. */
  readonly platforms: readonly WebhookPlatform[];
  /** As for `createWebhookHandler`: `store.integrations`, or the port alone. */
  readonly integrations: WebhookIntegrations | WithWebhookIntegrations;
  readonly sink: RecordSink;
  /** The host's own, by platform and topic: `{ shopify: { 'orders/paid': async (event, job) => { … } } }`. */
  readonly handlers?: Readonly<Record<string, Readonly<Record<string, WebhookTopicHandler>>>>;
  /**
   * How long a sync that an event asks for waits for others of its kind, which it then does for them too. ms, default
   * 10,000.
   */
  readonly syncDelay?: number;
  /**
   * Carries out what platforms ask about personal data: `store.privacy`. Without it, and without a handler for the topic,
   * such a job fails for good, and says so.
   */
  readonly privacy?: PrivacyRequests | undefined;
  /** Gets what is stored of a customer who has asked for it. Needs `privacy`. */
  readonly onCustomerDataRequest?: CustomerDataHandler | undefined;
  /** Epoch ms. */
  readonly now?: () => number;
}

/** For how long an event is known to have been processed: longer than any platform sends it again. ms */
const SEEN_FOR = 7 * 86_400_000;

const SYNC_DELAY = 10_000;

/** What processing an event has left behind. */
interface Seen {
  readonly deliveryId: string;
  readonly result: WebhookResult;
}

/**
 * The processor of the queue `webhook-processing`. Each event is verified again: a job that was put in by another way than
 * the handler fails for good unless the platform has signed it.
 *
 * @throws {ProcessorDefinitionError} for handlers of a platform that is not there
 * @throws {ConfigError} when two platforms have one id, or the environment is wrong
 * @example
 * ```ts
 * const store = createStore({ pool });
 * const accounts = { platforms: [...Object.values(platforms), resend], integrations: store.integrations, sink: store.records };
 * jobs.registerProcessor(
 *   webhookProcessor({
 *     ...accounts, // as are given to dataSyncProcessor and createWebhookHandler
 *     handlers: { resend: { 'email.bounced': ({ payload }) => suppress(payload) } },
 *   }),
 * );
 * ```
 */
export function webhookProcessor(options: WebhookProcessorOptions): ProcessorDefinition<WebhookQueue> {
  const { sink, handlers = {}, syncDelay = SYNC_DELAY, now = Date.now } = options;
  const { privacy, onCustomerDataRequest } = options;
  const integrations = webhookIntegrations(options.integrations);
  const platforms = sendersById('webhookProcessor', options.platforms);
  let secretsOf = createSecrets(options, 'all');
  const findTakers = createFindTakers(integrations);
  for (const id of Object.keys(handlers)) {
    if (platforms.has(id)) continue;
    throw new ProcessorDefinitionError(`webhookProcessor: \`handlers\` names "${id}", which sends no webhooks to it`);
  }
  if (onCustomerDataRequest && !privacy) {
    throw new ProcessorDefinitionError('webhookProcessor: `onCustomerDataRequest` needs `privacy`, which has the data');
  }
  return defineProcessor({
    queue: webhookQueue,
    enqueues: [dataSyncQueue],
    environment: webhooksEnvironment,
    variables: options.environment,
    start(environment = options.environment) {
      secretsOf = createSecrets({ ...options, environment }, 'all');
    },
    async process(job) {
      const { data } = job;
      const platform = platforms.get(data.platform);
      if (!platform) throw new PermanentError(`"${data.platform}" is no platform that sends webhooks here`);
      const { integrationId } = data;
      const secrets = await abortable(job.signal, () => secretsOf(platform.id, integrationId));
      // It was switched off, or removed, since its webhook came in. The door would answer 401 now.
      if (!secrets) {
        if (platform.webhook.privacyTopics?.includes(data.topic)) await demandNothingLeft(job, privacy);
        return ignored(job, `there is no active integration "${integrationId}"`);
      }
      const event = verified(platform, data, secrets);
      const seenKey = `webhooks:seen:${eventKey({ ...data, account: event.account, mode: event.mode }, event.id)}`;
      const seen = data.replayOf === undefined ? await job.cache.get<Seen>(seenKey) : undefined;
      // It was this one, which was done and crashed before that was known. (A delivery after the job's retention has the
      // same job id.)
      if (seen?.deliveryId === data.deliveryId) return seen.result;
      if (seen)
        return { outcome: 'duplicate', handled: false, reason: `it came with delivery "${seen.deliveryId}" before` };

      const all = await findAddressed(job, event, integrations);
      const { integrations: found, failure } = await findTakers(job, platform, event, all);
      if (all.length > 0 && found.length === 0) {
        if (failure) throw failure;
        return ignored(job, otherMode(event));
      }
      const secret = () => signedWith(platform, data, secrets);
      const effect = await believe(job, effectOf(platform, event, data), event, secret);
      const unproven = 'unproven' in effect ? effect.unproven : undefined;
      if (unproven !== undefined) job.logger.warn(`${event.topic}: not believed, since ${unproven}`);
      const own = handlers[platform.id] ?? {};
      const isOwn = unproven === undefined && Object.hasOwn(own, event.topic);
      const handler = isOwn ? own[event.topic] : undefined;
      const takers = { privacy, onCustomerDataRequest };
      const isPrivacy = effect.kind === 'privacy';
      if (isPrivacy) demandTaker(effect.request, platform.id, takers, handler !== undefined);
      const addressed = isPrivacy && privacy ? await findForPrivacy(job, event, privacy, found) : found;
      const done = await carryOut(job, effect, { event, addressed, integrations, sink, syncDelay, now, ...takers });
      if (failure) throw failure;
      if (handler) await job.step('handler', () => abortable(job.signal, () => handler(event, job, addressed)));
      // Of several accounts none is the event's.
      const integration = event.accounts && integrationId === undefined ? undefined : addressed[0];
      const result: WebhookResult = {
        ...done,
        ...(done.outcome === 'ignored' && handler ? { outcome: 'handled' as const } : {}),
        handled: handler !== undefined,
        ...defined({ integrationId: integration?.id }),
      };
      await job.cache.set(seenKey, { deliveryId: data.deliveryId, result } satisfies Seen, SEEN_FOR);
      if (result.outcome === 'ignored') job.logger.info(`${event.topic}: ignored, ${result.reason}`);
      return result;
    },
  });
}

function ignored({ data, logger }: JobContext<WebhookQueue>, reason: string): WebhookResult {
  logger.info(`${data.topic}: ignored, ${reason}`);
  return { outcome: 'ignored', handled: false, reason };
}

/**
 * @throws {PermanentError} when the platform has not signed it, or it is none of its events
 * @throws {Error} where no secret is set: the event got 200, and is not lost while somebody sets one
 */
function verified({ webhook, id }: SendingPlatform, data: WebhookJob, secrets: readonly string[]): WebhookEvent {
  if (secrets.length === 0) throw new Error(`The worker verifies again, but ${missingSecret(id)}`);
  const request = fromStored(data);
  // A signed time was looked at when it came; since then the job may have waited for long.
  const verdict = webhook.verify(request, secrets, data.receivedAt);
  if (!verdict.verified) throw new PermanentError(`The webhook is not signed by ${id}: ${verdict.reason}`);
  const event = orPermanent(() => webhook.read(request, data.receivedAt));
  if (!event) throw new PermanentError(`${id} has sent a ping, which is no event`);
  return notAhead(event, data.receivedAt);
}

/** Which of the secrets it is. */
function signedWith({ webhook }: SendingPlatform, data: WebhookJob, secrets: readonly string[]): string {
  const request = fromStored(data);
  return secrets.find((one) => webhook.verify(request, [one], data.receivedAt).verified) ?? '';
}

function effectOf({ webhook }: SendingPlatform, event: WebhookEvent, { receivedAt }: WebhookJob) {
  // What the platform has not dated is of when it came: a replay must not make it newer.
  return orPermanent(() => webhook.apply({ ...event, occurredAt: event.occurredAt ?? receivedAt }));
}

/** What can't be read today can't be read at another attempt either. */
function orPermanent<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new PermanentError(toError(cause).message, { cause });
  }
}
