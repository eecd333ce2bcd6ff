/** `createWebhookHandler`: a function from a Web `Request` to a `Response`. The adapters of Next.js and Express mount it. */
import { ConfigError, toError } from '@bizinsights/jobs-core';
import {
  ApiError,
  type Authorize,
  createRouter,
  failure,
  type HttpHandler,
  type Mount,
  openAuditLog,
  variablesOf,
  withOpenApi,
} from '@bizinsights/jobs-core/http';
import { Deliveries, type DeliveryLimits } from './deliveries/deliveries.js';
import { deliveryRoutes } from './deliveries/routes.js';
import { webhookQueue } from './queue.js';
import { hasHandshake, shakeHands } from './receiving/handshake.js';
import { createNews } from './receiving/news.js';
import { Receiver } from './receiving/receive.js';
import { createSecrets, type SecretOptions } from './secrets.js';
import type { WebhookJobs } from './webhook-jobs.js';
import { OPERATOR_PATHS, sendersById, type WebhookPlatform } from './webhook-platform.js';

/** What `createWebhookHandler` takes. */
export interface WebhookHandlerOptions extends SecretOptions {
  /** Whose webhooks are taken: ours, `resend`, and your own. Those that send none are left out. */
  readonly platforms: readonly WebhookPlatform[];
  /** Where the handler is mounted. Default `/api/webhooks`. */
  readonly basePath?: string;
  /** Larger bodies are refused. Default 1,048,576. */
  readonly maxBytes?: number;
  /** How many deliveries are kept. */
  readonly deliveries?: DeliveryLimits;
  /**
   * Called with what goes on behind an answer: the delivery is written down. For places that stop a process with its last
   * answer, such as serverless functions; in Next.js it is `after` of `next/server`.
   */
  readonly waitUntil?: (written: Promise<void>) => void;
  /** Who may see and replay deliveries, and read their OpenAPI document. Without it there are no such routes. */
  readonly authorize?: Authorize;
  /** Other origins that a replay may come from, such as `https://admin.example.com`. Default: none. */
  readonly allowedOrigins?: readonly string[];
  /** Epoch ms. */
  readonly now?: () => number;
}

/** Answers a request. Never rejects. */
export type WebhookHandler = HttpHandler;

const DEFAULTS = { basePath: '/api/webhooks', maxBytes: 1_048_576 } as const;

/**
 * Makes the door for webhooks: `POST /:platform` and `POST /:platform/:integrationId` verify, add a job and answer 200
 * before any work is done; `GET /:platform` is Facebook's handshake; with `authorize`, `GET /deliveries`,
 * `POST /deliveries/:id?action=replay` and `GET /openapi.json` are for operators.
 *
 * @throws {ConfigError} for options, or an environment, that can't be right
 * @throws {UnknownQueueError} when `webhookQueue` is not among the queues of `jobs`
 * @example
 * ```ts
 * import { platforms } from '@bizinsights/jobs-platforms';
 * import { createWebhookHandler, resend } from '@bizinsights/jobs-webhooks';
 *
 * // SHOPIFY_WEBHOOK_SECRET, STRIPE_WEBHOOK_SECRET and so on come from the environment.
 * const handler = createWebhookHandler(jobs, { platforms: [...Object.values(platforms), resend] });
 * ```
 */
export function createWebhookHandler(jobs: WebhookJobs, options: WebhookHandlerOptions): WebhookHandler {
  const {
    authorize,
    allowedOrigins,
    environment = variablesOf(jobs),
    now = Date.now,
    basePath,
    maxBytes,
  } = {
    ...DEFAULTS,
    ...options,
  };
  checkOptions(basePath, maxBytes);
  const senders = sendersById('createWebhookHandler', options.platforms);
  const deliveries = new Deliveries(jobs, options.deliveries, now);
  const { logger } = jobs;
  const queue = jobs.queue(webhookQueue);
  const secretsOf = createSecrets({ ...options, environment }, 'current');
  const isNews = createNews(now);
  const receiver = new Receiver({
    logger,
    isNews,
    queue,
    deliveries,
    secretsOf,
    maxBytes,
    now,
    keep: options.deliveries?.verified,
    waitUntil: options.waitUntil,
  });

  const operators =
    authorize &&
    createRouter({
      subject: 'webhooks',
      routes: withOpenApi('BizInsights Jobs, webhooks', deliveryRoutes({ deliveries }).routes),
      context: {},
      audit: openAuditLog(jobs),
      ...{ authorize, allowedOrigins, basePath, logger, now },
    });

  const answer = (request: Request, mount: Mount & { readonly basePath: string }): Promise<Response> | Response => {
    const url = new URL(request.url);
    const [platform = '', second, ...more] = segmentsUnder(mount.basePath, url.pathname);
    if (more.length > 0) throw nothing();
    if (OPERATOR_PATHS.has(platform)) {
      if (!operators) throw nothing();
      return operators(request, mount);
    }
    const sender = senders.get(platform);
    if (!sender) throw new ApiError('NOT_FOUND', 'There is no such platform');
    if (second !== undefined && !canBeIntegration(second))
      throw new ApiError('NOT_FOUND', 'No integration has such an id');
    if (request.method === 'POST') return receiver.receive(request, sender, second);
    if (request.method === 'GET' && hasHandshake(platform)) return shakeHands(platform, url.searchParams, environment);
    throw new ApiError('METHOD_NOT_ALLOWED', 'This path takes POST');
  };
  return async (request, mount) => {
    try {
      return await answer(request, { ...mount, basePath: mount?.basePath ?? basePath });
    } catch (thrown) {
      const error = toError(thrown);
      const response = failure(error);
      if (response.status === 500 && isNews('handler', error)) {
        logger.error({ err: error }, `webhooks: ${error.message}`);
      }
      return response;
    }
  };
}

/** @throws {ApiError} NOT_FOUND for a path that is not under the mount */
function segmentsUnder(mount: string, path: string): string[] {
  const prefix = mount.endsWith('/') ? mount.slice(0, -1) : mount;
  // As they are written, since what mounts us gives its own path so too.
  if (!path.startsWith(`${prefix}/`)) throw nothing();
  const rest = path.slice(prefix.length + 1);
  try {
    return (rest.endsWith('/') ? rest.slice(0, -1) : rest).split('/').map(decodeURIComponent);
  } catch {
    throw nothing();
  }
}

/** As long as the queue's schema takes it. Databases refuse the character 0. */
function canBeIntegration(id: string): boolean {
  return id.length <= 255 && /^\P{Cc}+$/u.test(id);
}

function nothing(): ApiError {
  return new ApiError('NOT_FOUND', 'There is nothing at this path');
}

function checkOptions(basePath: string, maxBytes: number): void {
  const issues = [
    ...(/^(\/[\w.~%-]+)*\/?$/.test(basePath)
      ? []
      : [{ path: ['basePath'], message: 'must look like "/api/webhooks"' }]),
    ...(Number.isInteger(maxBytes) && maxBytes > 0
      ? []
      : [{ path: ['maxBytes'], message: 'must be a whole number of at least 1' }]),
  ];
  if (issues.length > 0) throw new ConfigError('createWebhookHandler', issues);
}
