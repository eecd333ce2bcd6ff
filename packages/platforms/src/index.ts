/**
 * `@bizinsights/jobs-platforms`: what is synced from where, and the platforms that we know.
 *
 * @packageDocumentation
 */

export {
  AccessLostError,
  CredentialsError,
  PlatformAddressError,
  PlatformResponseError,
  RateLimitError,
} from './errors.js';
export type { IntegrationAccessLost, IntegrationKeptBack } from './events.js';
export type { FacebookAdsCredentials } from './facebook-ads/index.js';
export type {
  GoogleAnalyticsCredentials,
  RefreshToken,
  ServiceAccountKey,
} from './google-analytics/index.js';
export { checkAnswer, listIssues, parseJson } from './http/answer.js';
export type { PlatformHttp, PlatformRequest, PlatformResponse } from './http/http.js';
export { createPlatformHttp, type PlatformHttpOptions } from './http/platform-http.js';
export { retryAfter } from './http/retry-after.js';
export { identifyAccount } from './identify-account.js';
export type { Mode } from './mode.js';
export type {
  AnyPlatform,
  Asking,
  Caveat,
  Json,
  Page,
  Platform,
  PlatformConnection,
  Reach,
  ReadOptions,
  RequestBudget,
  Stream,
} from './platform.js';
export { type PlatformId, platforms } from './platforms.js';
export type { CompletedRead, RecordBatch, RecordSink, Sweep, SweptRecords, WrittenBatch } from './ports.js';
export { addDays } from './records/calendar-day.js';
export { type Attribution, CHANNELS, type Channel, channelOf } from './records/channel.js';
export { decimalsOf, minorUnits, moneyOf } from './records/money.js';
export * from './records/record.js';
export { hashId, idProblem, MAX_ID_BYTES } from './records/record-id.js';
export { rejectedRecord } from './records/rejected-record.js';
export { type RecordReader, type SortedRecords, sortRecords } from './records/sort-records.js';
export type { ShopifyCredentials } from './shopify/index.js';
export { loopGuard } from './streams/loop-guard.js';
export { type Start, type StreamCursor, streamCursor } from './streams/stream-cursor.js';
export type { StripeCredentials } from './stripe/index.js';
export { fromBase64, fromHex, hmacSha256, someMatch } from './webhooks/signature.js';
export type {
  PrivacyRequest,
  PrivacySubject,
  WebhookEffect,
  WebhookEvent,
  WebhookRequest,
  WebhookScheme,
  WebhookVerdict,
} from './webhooks/webhook.js';
export { webhookJson } from './webhooks/webhook-json.js';
export type { WooCommerceCredentials } from './woocommerce/index.js';
