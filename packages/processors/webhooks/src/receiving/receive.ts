/** Takes one webhook: who sent it, is it whole, is it signed, which event is it, into the queue with it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { type QueueHandle, toError } from '@bizinsights/jobs-core';
import { ApiError, failure, readBytes } from '@bizinsights/jobs-core/http';
import type { WebhookEvent, WebhookVerdict } from '@bizinsights/jobs-platforms';
import type { Deliveries } from '../deliveries/deliveries.js';
import type { Delivery } from '../deliveries/delivery.js';
import { eventJobId } from '../event-key.js';
import { keptJobs, type WebhookQueue } from '../queue.js';
import { type NotedRequest, shownHeaders, toNotedRequest } from '../raw-request.js';
import { type FindSecrets, missingSecret } from '../secrets.js';
import type { WebhookJobs } from '../webhook-jobs.js';
import type { SendingPlatform } from '../webhook-platform.js';
import type { IsNews } from './news.js';

/** By which a delivery is found again. */
const DELIVERY_HEADER = 'x-delivery-id';

/** What a receiver works with. */
export interface ReceiverOptions {
  readonly logger: WebhookJobs['logger'];
  readonly queue: QueueHandle<WebhookQueue>;
  readonly deliveries: Deliveries;
  readonly secretsOf: FindSecrets;
  readonly maxBytes: number;
  /** How many completed jobs are kept, if not as many as the queue says. */
  readonly keep: number | undefined;
  readonly waitUntil: ((written: Promise<void>) => void) | undefined;
  /** Epoch ms. */
  readonly now: () => number;
  readonly isNews: IsNews;
}

/** What is known of a delivery before it is judged. */
type Arrival = Pick<Delivery, 'id' | 'receivedAt' | 'platform' | 'integrationId' | 'headers'>;

export class Receiver {
  readonly #options: ReceiverOptions;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** Answers the sender. 200 means: the event is in the queue, or was there before. Never rejects. */
  async receive(request: Request, platform: SendingPlatform, integrationId: string | undefined): Promise<Response> {
    const headers = [...request.headers];
    const arrival: Arrival = {
      id: randomUUID(),
      receivedAt: this.#options.now(),
      platform: platform.id,
      integrationId,
      headers: shownHeaders(headers),
    };
    try {
      const noted = toNotedRequest(headers, await readWhole(request, this.#options.maxBytes));
      const event = await this.#verify(noted, platform, arrival);
      if (event) await this.#enqueue(event, noted, arrival);
      else this.#keep({ ...arrival, verdict: 'ping', status: 200 });
      // Nobody reads a body; the platform's own list of deliveries shows headers.
      return new Response(null, { status: 200, headers: { [DELIVERY_HEADER]: arrival.id } });
    } catch (thrown) {
      const error = toError(thrown);
      const response = failure(error);
      const { status } = response;
      if (status >= 500) this.#tell(platform.id, error);
      // The store is away, or the fault is not the sender's: what it has sent was not judged.
      else {
        const reason = error instanceof UnknownIntegration ? error.forOperators : error.message;
        this.#keep({ ...arrival, verdict: 'refused', reason, status });
      }
      return response;
    }
  }

  /**
   * Undefined: a ping.
   *
   * @throws {ApiError} for what is not to come in
   */
  async #verify(
    request: NotedRequest,
    platform: SendingPlatform,
    { receivedAt, integrationId }: Arrival,
  ): Promise<WebhookEvent | undefined> {
    const { id, webhook } = platform;
    if (webhook.isPing?.(request)) return undefined;
    checkContent(request, platform);
    const secrets = await this.#options.secretsOf(id, integrationId);
    if (secrets?.length === 0) throw new MissingSecret(id);
    // Of an integration that is not there too: the same work, and the same answer as to a wrong signature.
    const verdict = webhook.verify(request, secrets ?? [NOBODYS_SECRET], receivedAt);
    if (!secrets) throw new UnknownIntegration(verdict);
    if (!verdict.verified) throw new ApiError('UNAUTHORIZED', verdict.reason);
    return readEvent(platform, request, receivedAt);
  }

  async #enqueue(
    { id: eventId, topic, account, mode }: WebhookEvent,
    request: NotedRequest,
    { id, receivedAt, platform, integrationId, headers }: Arrival,
  ): Promise<void> {
    const jobId = eventJobId({ platform, integrationId, account, mode }, eventId);
    const { queue, keep } = this.#options;
    const stored = request.stored();
    // Field by field: an object that is spread together takes three times as long to build, check and write.
    await queue.add(
      {
        platform,
        integrationId,
        deliveryId: id,
        eventId,
        topic,
        account,
        receivedAt,
        headers: stored.headers,
        body: stored.body,
        encoding: stored.encoding,
      },
      keep === undefined ? { id: jobId } : { id: jobId, retention: keptJobs(keep) },
    );
    this.#keep({
      id,
      receivedAt,
      platform,
      integrationId,
      verdict: 'verified',
      topic,
      account,
      eventId,
      headers,
      jobId,
      status: 200,
    });
  }

  /**
   * Behind the answer: a journal that can't be written changes none. What a process that is killed has not written down by
   * then is missing in the list, and nowhere else.
   */
  #keep(delivery: Delivery): void {
    const written = this.#options.deliveries.write(delivery).catch((thrown: unknown) => {
      const err = toError(thrown);
      if (this.#options.isNews('journal', err)) {
        this.#options.logger.error({ err }, `deliveries could not be written down: ${err.message}`);
      }
    });
    this.#options.waitUntil?.(written);
  }

  #tell(platform: string, error: Error): void {
    if (!this.#options.isNews(platform, error)) return;
    const { logger } = this.#options;
    if (error instanceof MissingSecret) logger.error(missingSecret(platform));
    else logger.error({ err: error, platform }, `a webhook could not be taken: ${error.message}`);
  }
}

/**
 * @throws {ApiError} BODY_TOO_LARGE, or REQUEST_INVALID where the sender has gone before its end
 * @throws {Error} where the host has read it
 */
async function readWhole(request: Request, maxBytes: number): Promise<Buffer> {
  if (request.bodyUsed) {
    throw new Error(
      'the body was read before the handler got it, so no signature can be verified: hand the request on unread',
    );
  }
  try {
    return await readBytes(request, maxBytes);
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown;
    throw new ApiError('REQUEST_INVALID', 'The body ended before it was whole');
  }
}

/** Which nobody knows. In the form that Standard Webhooks want, and any other takes. */
const NOBODYS_SECRET = `whsec_${randomBytes(32).toString('base64')}`;

/** The address names an integration that is not there, or is switched off: nobody is to learn which ones there are. */
class UnknownIntegration extends ApiError {
  readonly forOperators = 'There is no such integration, or it is switched off';

  constructor(verdict: WebhookVerdict) {
    super('UNAUTHORIZED', verdict.verified ? 'the signature is of none of the secrets' : verdict.reason);
  }
}

/** Answered as 503, so that the platform sends again when the secret is there. */
class MissingSecret extends ApiError {
  constructor(platform: string) {
    super('UNAVAILABLE', `Webhooks of "${platform}" cannot be verified yet`);
  }
}

/** @throws {ApiError} BODY_NOT_JSON for what the platform does not send */
function checkContent(request: NotedRequest, { contentTypes }: SendingPlatform): void {
  const [type = '', ...parameters] = request.peek('content-type').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  const isRight = contentTypes
    ? contentTypes.includes(type.trim())
    : /^application\/([\w.+-]+\+)?json$/.test(type.trim()) && /^(charset="?utf-?8"?)?$/.test(charset ?? '');
  if (!isRight)
    throw new ApiError('BODY_NOT_JSON', `The body must be ${contentTypes?.join(' or ') ?? 'JSON in UTF-8'}`);
  // What is signed is what was meant, not what it was packed into.
  if (!/^(identity)?$/i.test(request.peek('content-encoding'))) {
    throw new ApiError('BODY_NOT_JSON', 'The body must not be compressed');
  }
}

/** What a job can hold of an event: see the schema of the queue. Characters. */
const MAX = { eventId: 512, topic: 255, account: 512 } as const;

/** @throws {ApiError} REQUEST_INVALID for what the platform does not send */
function readEvent({ webhook }: SendingPlatform, request: NotedRequest, receivedAt: number): WebhookEvent | undefined {
  let event: WebhookEvent | undefined;
  try {
    event = webhook.read(request, receivedAt);
  } catch (thrown) {
    const error = toError(thrown);
    // By name: the host may have loaded another copy of the class.
    if (error.name !== 'PlatformResponseError') throw error;
    throw new ApiError('REQUEST_INVALID', error.message);
  }
  if (!event) return undefined;
  const { id, topic, account = '' } = event;
  if (id === '' || id.length > MAX.eventId || topic.length > MAX.topic || account.length > MAX.account) {
    throw new ApiError('REQUEST_INVALID', 'The id, the topic or the account of the event is empty, or too long');
  }
  return event;
}
