/** Takes one webhook: who sent it, is it whole, is it signed, which event is it, into the queue with it. */
import { randomUUID } from 'node:crypto';
import { type QueueHandle, toError } from '@bizinsights/jobs-core';
import { ApiError, failure, readBytes, success } from '@bizinsights/jobs-core/monitoring';
import type { WebhookEvent } from '@bizinsights/jobs-platforms';
import type { Deliveries } from './deliveries.js';
import type { Delivery } from './delivery.js';
import { eventJobId } from './event-key.js';
import type { WebhookQueue } from './queue.js';
import { shownHeaders, toNotedRequest } from './raw-request.js';
import { type FindSecrets, missingSecret } from './secrets.js';
import type { WebhookJobs } from './webhook-jobs.js';
import type { SendingPlatform } from './webhook-platform.js';

/** A platform without a secret is told of so often, ms: who sends must not be able to fill the log. */
const TELL_AGAIN = 60_000;

/** What a receiver works with. */
export interface ReceiverOptions {
  readonly logger: WebhookJobs['logger'];
  readonly queue: QueueHandle<WebhookQueue>;
  readonly deliveries: Deliveries;
  readonly secretsOf: FindSecrets;
  readonly maxBytes: number;
  /** Epoch ms. */
  readonly now: () => number;
}

/** What a request turned out to be. */
type Accepted =
  | { readonly kind: 'ping' }
  | { readonly kind: 'event'; readonly event: WebhookEvent; readonly jobId: string };

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #told = new Map<string, number>();

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** Answers the sender. 200 means: the event is in the queue, or was there before. Never rejects. */
  async receive(request: Request, platform: SendingPlatform, integrationId: string | undefined): Promise<Response> {
    const came = {
      id: randomUUID(),
      receivedAt: this.#options.now(),
      platform: platform.id,
      ...(integrationId === undefined ? {} : { integrationId }),
      headers: shownHeaders(request.headers),
    };
    try {
      const accepted = await this.#accept(request, platform, came);
      await this.#keep({ ...came, ...described(accepted), status: 200 });
      return success({ deliveryId: came.id });
    } catch (thrown) {
      const error = toError(thrown);
      const response = failure(error);
      const { status } = response;
      if (status >= 500) this.#tell(platform.id, error);
      // The store is away, or the answer is not the sender's fault: what it has sent was not judged.
      else await this.#keep({ ...came, verdict: 'refused', reason: error.message, status });
      return response;
    }
  }

  async #accept(
    request: Request,
    platform: SendingPlatform,
    { id: deliveryId, receivedAt, integrationId }: Pick<Delivery, 'id' | 'receivedAt' | 'integrationId'>,
  ): Promise<Accepted> {
    const { secretsOf, maxBytes, queue } = this.#options;
    const { id, webhook } = platform;
    const noted = toNotedRequest(request.headers, await readBytes(request, maxBytes));
    if (webhook.isPing?.(noted)) return { kind: 'ping' };
    checkContent(request.headers, platform);
    const secrets = await secretsOf(id, integrationId);
    if (secrets.length === 0) throw new MissingSecret(id);
    const verdict = webhook.verify(noted, secrets, receivedAt);
    if (!verdict.verified) throw new ApiError('UNAUTHORIZED', verdict.reason);
    const event = readEvent(platform, noted);
    if (!event) return { kind: 'ping' };
    const jobId = eventJobId({ platform: id, integrationId, account: event.account }, event.id);
    await queue.add(
      {
        platform: id,
        ...(integrationId === undefined ? {} : { integrationId }),
        deliveryId,
        eventId: event.id,
        topic: event.topic,
        ...(event.account === undefined ? {} : { account: event.account }),
        receivedAt,
        ...noted.stored(),
      },
      { id: jobId },
    );
    return { kind: 'event', event, jobId };
  }

  /** The event is safe, or refused, by now: a journal that can't be written changes no answer. */
  async #keep(delivery: Delivery): Promise<void> {
    try {
      await this.#options.deliveries.write(delivery);
    } catch (thrown) {
      const err = toError(thrown);
      this.#options.logger.error(
        { err, delivery: delivery.id },
        `the delivery could not be written down: ${err.message}`,
      );
    }
  }

  #tell(platform: string, error: Error): void {
    if (error instanceof MissingSecret) {
      const now = this.#options.now();
      if (now - (this.#told.get(platform) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN) return;
      this.#told.set(platform, now);
      this.#options.logger.error(missingSecret(platform));
      return;
    }
    this.#options.logger.error({ err: error, platform }, `a webhook could not be taken: ${error.message}`);
  }
}

/** Answered as 503, so that the platform sends again when the secret is there. */
class MissingSecret extends ApiError {
  constructor(platform: string) {
    super('UNAVAILABLE', `Webhooks of "${platform}" cannot be verified yet`);
  }
}

function described(accepted: Accepted): Pick<Delivery, 'verdict' | 'topic' | 'account' | 'eventId' | 'jobId'> {
  if (accepted.kind === 'ping') return { verdict: 'ping' };
  const { event, jobId } = accepted;
  const { topic, account, id: eventId } = event;
  return { verdict: 'verified', topic, eventId, jobId, ...(account === undefined ? {} : { account }) };
}

/** @throws {ApiError} BODY_NOT_JSON for what the platform does not send */
function checkContent(headers: Headers, { contentTypes }: SendingPlatform): void {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  const isRight = contentTypes
    ? contentTypes.includes(type.trim())
    : /^application\/([\w.+-]+\+)?json$/.test(type.trim()) && /^(charset="?utf-?8"?)?$/.test(charset ?? '');
  if (!isRight)
    throw new ApiError('BODY_NOT_JSON', `The body must be ${contentTypes?.join(' or ') ?? 'JSON in UTF-8'}`);
  // What is signed is what was meant, not what it was packed into.
  if (!/^(identity)?$/i.test(headers.get('content-encoding') ?? '')) {
    throw new ApiError('BODY_NOT_JSON', 'The body must not be compressed');
  }
}

/** @throws {ApiError} REQUEST_INVALID for what the platform does not send */
function readEvent(
  { webhook }: SendingPlatform,
  request: Parameters<typeof webhook.read>[0],
): WebhookEvent | undefined {
  try {
    return webhook.read(request);
  } catch (thrown) {
    const error = toError(thrown);
    // By name: the host may have loaded another copy of the class.
    if (error.name !== 'PlatformResponseError') throw error;
    throw new ApiError('REQUEST_INVALID', error.message);
  }
}
