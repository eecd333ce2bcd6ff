/**
 * `@bizinsights/jobs-platforms`: what is synced from where, and the platforms that we know.
 *
 * @packageDocumentation
 */
export { checkAnswer, listIssues, parseJson } from './answer.js';
export { type Attribution, CHANNELS, type Channel, channelOf } from './channel.js';
export { AccessLostError, PlatformAddressError, PlatformResponseError, RateLimitError } from './errors.js';
export type { PlatformHttp, PlatformRequest, PlatformResponse } from './http.js';
export { identifyAccount } from './identify-account.js';
export { loopGuard } from './loop-guard.js';
export type { Mode } from './mode.js';
export { decimalsOf, minorUnits, moneyOf } from './money.js';
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
export { createPlatformHttp, type PlatformHttpOptions } from './platform-http.js';
export { type PlatformId, platforms } from './platforms.js';
export type { CompletedRead, RecordBatch, RecordSink, Sweep, SweptRecords, WrittenBatch } from './ports.js';
export * from './record.js';
export { hashId, idProblem, MAX_ID_BYTES } from './record-id.js';
export { rejectedRecord } from './rejected-record.js';
export { retryAfter } from './retry-after.js';
export { fromBase64, fromHex, hmacSha256, someMatch } from './signature.js';
export { type RecordReader, type SortedRecords, sortRecords } from './sort-records.js';
export { type Start, type StreamCursor, streamCursor } from './stream-cursor.js';
export type {
  PrivacyRequest,
  PrivacySubject,
  WebhookEffect,
  WebhookEvent,
  WebhookRequest,
  WebhookScheme,
  WebhookVerdict,
} from './webhook.js';
export { webhookJson } from './webhook-json.js';
