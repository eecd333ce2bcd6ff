/**
 * Carries out requests about personal data: by the host's `PrivacyRequests`, or by a handler of the host for the topic. A
 * request that neither takes fails, and is not ignored.
 */
import { hash } from 'node:crypto';
import { abortable, defined, type JobContext, PermanentError } from '@bizinsights/jobs-core';
import type { PrivacyRequest, PrivacySubject, WebhookEvent } from '@bizinsights/jobs-platforms';
import type { CustomerData, PrivacyRequests, WebhookIntegration } from '../ports.js';
import type { WebhookQueue, WebhookResult } from '../queue.js';

/** What is stored of a customer who has asked for it, of one integration. */
export interface CustomerDataRequest {
  /** The platform's, where it gives one: Shopify's `data_request.id`. */
  readonly requestId?: string;
  /** Who has asked, in the platform's words. */
  readonly customer: PrivacySubject;
  readonly platform: string;
  /** The account whose customer it is: a shop's domain. */
  readonly account?: string;
  readonly integration: WebhookIntegration;
  readonly data: CustomerData;
}

/**
 * Hands a customer's data to the merchant, whose duty it is to hand it on: by mail, or as a file in the host's own pages.
 * Runs once for each integration; what it throws fails the attempt, and it is called again.
 */
export type CustomerDataHandler = (request: CustomerDataRequest, job: JobContext<WebhookQueue>) => Promise<void> | void;

/** Who takes requests about personal data. */
export interface PrivacyOptions {
  readonly privacy?: PrivacyRequests | undefined;
  readonly onCustomerDataRequest?: CustomerDataHandler | undefined;
}

type Done = Pick<WebhookResult, 'outcome' | 'reason'>;

/** For how long it is known when an account's erasure was asked for first. ms */
const KNOWN_FOR = 366 * 86_400_000;

/** What is asked for, in words. Not the topic: it is a header too, and headers are redacted in errors. */
const ASKED: Readonly<Record<PrivacyRequest['type'], string>> = {
  'erase-customer': "The erasure of a customer's data",
  'export-customer': "A customer's data",
  'erase-account': "The erasure of an account's data",
};

/**
 * @param hasHandler whether the host has a handler for the topic, which then stands in for what is missing
 * @throws {PermanentError} where nobody would carry the request out. The job is kept as failed, to be retried
 */
export function demandTaker(
  request: PrivacyRequest,
  platform: string,
  { privacy, onCustomerDataRequest }: PrivacyOptions,
  hasHandler: boolean,
): void {
  const isExport = request.type === 'export-customer';
  if (hasHandler || (privacy && (!isExport || onCustomerDataRequest))) return;
  const missing = isExport ? '`privacy` and `onCustomerDataRequest`' : '`privacy`';
  throw new PermanentError(
    `${ASKED[request.type]} was asked for, the law sets a time for it, and nobody carries it out. Give webhookProcessor ${missing} (\`privacy: store.privacy\` of @bizinsights/jobs-store), or a handler of your own for the topic of this job in \`handlers: { '${platform}': … }\`; then retry this job`,
  );
}

/**
 * The integrations that a request is for, also those that are switched off or have lost their access: an account is erased
 * after its owner has left. A later attempt gets the same ones, be they erased by then.
 *
 * @param addressed those that any other event of this kind would be for
 * @throws {PermanentError} where there are such ones, and none of them is known to be of the account, and where the account
 *   has others than that of the address: data may be stored
 */
export async function findForPrivacy(
  job: JobContext<WebhookQueue>,
  { account }: WebhookEvent,
  privacy: PrivacyRequests,
  addressed: readonly WebhookIntegration[],
): Promise<readonly WebhookIntegration[]> {
  const { platform, integrationId } = job.data;
  if (account === undefined) return [];
  return await job.step('integrations of the request', async () => {
    const found = await abortable(job.signal, () => privacy.findAccount({ platform, integrationId, account }));
    if (found.length === 0 && addressed.length > 0) throw ofNoAccount(account);
    if (found.length === 0 && integrationId !== undefined) {
      const others = await abortable(job.signal, () => privacy.findAccount({ platform, account }));
      if (others.length > 0) throw ofAnotherAddress(account, platform);
    }
    return found.map(({ id, organizationId }) => ({ id, ...defined({ organizationId }) }));
  });
}

function ofNoAccount(account: string): PermanentError {
  return new PermanentError(
    `The request names the account "${account}", and the integration of its address is not known to be of that one; an address is not signed. Say whose it is (\`store.webhooks.register(id, { account })\`), then retry this job`,
  );
}

function ofAnotherAddress(account: string, platform: string): PermanentError {
  return new PermanentError(
    `The request names the account "${account}", and came to the address of an integration that is not of it. Let ${platform} send such requests to the address without an integration's id, and carry this one out by the methods of \`privacy\` (\`store.privacy\`)`,
  );
}

/**
 * Of a request whose integration was switched off, or removed, since it got 200.
 *
 * @throws {PermanentError} where data may be stored: it is not dropped silently
 */
export async function demandNothingLeft(
  { data: { platform, integrationId, account }, signal }: JobContext<WebhookQueue>,
  privacy: PrivacyRequests | undefined,
): Promise<void> {
  if (privacy && account !== undefined) {
    const left = await abortable(signal, () => privacy.findAccount({ platform, integrationId, account }));
    if (left.length === 0) return;
  }
  throw new PermanentError(
    "A request about personal data came to the address of an integration that was switched off since, and is not carried out. Switch the integration on and retry this job; let the platform send such requests to the address without an integration's id",
  );
}

/** Carries out a request for one integration. Done again, it ends the same. */
export async function carryOutPrivacy(
  integration: WebhookIntegration,
  job: JobContext<WebhookQueue>,
  request: PrivacyRequest,
  event: WebhookEvent,
  { privacy, onCustomerDataRequest }: PrivacyOptions,
): Promise<Done> {
  const { logger, signal } = job;
  const { id: integrationId } = integration;
  // A handler of the host's does it all: see `demandTaker`.
  if (!privacy) return { outcome: 'privacy' };
  if (request.type === 'erase-customer') {
    const erased = await abortable(signal, () => privacy.eraseCustomer(integrationId, subjectOf(request)));
    logger.info({ integrationId, ...erased }, 'what identifies a customer is erased');
  } else if (request.type === 'erase-account') {
    const requestedAt = await firstRequestedAt(job);
    const isErased = await abortable(signal, () => privacy.eraseAccount(integrationId, requestedAt));
    if (!isErased) return { outcome: 'privacy', reason: 'the account was connected anew since that was asked for' };
    logger.info({ integrationId }, 'an integration is erased, as its account has left');
  } else if (onCustomerDataRequest) {
    const step = `hand out the data of ${hash('sha256', integrationId, 'hex').slice(0, 32)}`;
    await job.step(step, async () => {
      const data = await abortable(signal, () => privacy.exportCustomer(integrationId, subjectOf(request)));
      const { requestId } = request;
      const { account } = event;
      const handed: CustomerDataRequest = {
        ...defined({ requestId }),
        customer: subjectOf(request),
        platform: job.data.platform,
        ...defined({ account }),
        integration,
        data,
      };
      await abortable(signal, () => onCustomerDataRequest(handed, job));
    });
    logger.info({ integrationId }, "a customer's data was handed to onCustomerDataRequest");
  }
  return { outcome: 'privacy' };
}

/** What identifies the customer, and nothing else of the request. */
function subjectOf({ customerId, email, phone, orderIds }: PrivacySubject): PrivacySubject {
  return {
    ...defined({ customerId, email, phone }),
    orderIds,
  };
}

/**
 * When this body came first. It is the same each time that a shop is erased, and who has captured it can send it again
 * when the shop is connected anew: that must not be erased, unless it has lost its access again.
 */
async function firstRequestedAt({ cache, data }: JobContext<WebhookQueue>): Promise<number> {
  const { platform, integrationId, body, receivedAt } = data;
  const words = hash('sha256', JSON.stringify([platform, integrationId, body]), 'base64url');
  const key = `webhooks:erasure:${words}`;
  const known = await cache.get<number>(key);
  const first = known === undefined ? receivedAt : Math.min(known, receivedAt);
  if (first !== known) await cache.set(key, first, KNOWN_FOR);
  return first;
}
