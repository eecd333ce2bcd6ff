/**
 * Reports of the Google Analytics Data API ("Method: properties.runReport").
 *
 * @see https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport
 */
import { z } from 'zod';
import { AccessLostError, PlatformResponseError, RateLimitError } from '../errors.js';
import { checkAnswer, parseJson, tryJson } from '../http/answer.js';
import type { PlatformHttp, PlatformRequest, PlatformResponse } from '../http/http.js';
import { retryAfter } from '../http/retry-after.js';
import type { ReadOptions } from '../platform.js';
import { isTimeZone } from '../records/calendar-day.js';
import { accessTokens, type GoogleAccess } from './access-token.js';
import { precision } from './caveats.js';
import { exhaustedFor, pauseOf, propertyQuota } from './quota.js';

/** In the path of each request. */
export const GOOGLE_ANALYTICS_VERSION = 'v1beta';

const STANDARD = new URL('https://analyticsdata.googleapis.com');

/** The parts of `RunReportRequest` that we use. */
export interface ReportRequest {
  readonly dateRanges: readonly { readonly startDate: string; readonly endDate: string }[];
  readonly dimensions: readonly { readonly name: string }[];
  readonly metrics: readonly { readonly name: string }[];
  readonly orderBys: readonly { readonly dimension: { readonly dimensionName: string } }[];
  readonly offset?: number;
  readonly limit: number;
}

/** `RunReportResponse`. What is empty or zero is left out of JSON. */
const reportAnswer = z.object({
  rows: z.array(z.unknown()).default([]),
  rowCount: z.number().int().nonnegative().default(0),
  metadata: z.object({
    currencyCode: z.string().default(''),
    timeZone: z.string().refine(isTimeZone, 'expected a time zone'),
    ...precision,
  }),
  propertyQuota: propertyQuota.optional(),
});
export type Report = z.output<typeof reportAnswer>;

/** `Metadata`: its `name` is the property's, and `/metadata` ("Method: properties.getMetadata"). */
const metadataAnswer = z.object({
  name: z.string().regex(/^properties\/[1-9]\d*\/metadata$/, 'expected properties/…/metadata'),
});

/** google.rpc.Status, "Error model". */
const googleError = z.object({ error: z.object({ status: z.string(), message: z.string() }) });

export interface GoogleAnalyticsClient {
  /**
   * @throws {RateLimitError} when a quota is used up, also by the report before
   * @throws {AccessLostError} at 401 and 403, and when there is no token to be had
   */
  runReport(request: ReportRequest, options: Pick<ReadOptions, 'signal' | 'now'>): Promise<Report>;
  /** The property's name, `properties/123456789`, as Google writes it in its metadata. Errors as above. */
  propertyName(options: Pick<ReadOptions, 'signal' | 'now'>): Promise<string>;
}

/** @param propertyId digits alone */
export function googleAnalyticsClient(
  propertyId: string,
  access: GoogleAccess,
  http: PlatformHttp,
): GoogleAnalyticsClient {
  const base = http.baseUrl?.('google-analytics', STANDARD) ?? STANDARD;
  const property = new URL(`/${GOOGLE_ANALYTICS_VERSION}/properties/${propertyId}`, base);
  const tokens = accessTokens(access, http);
  /** No report before this, epoch ms. */
  let pausedUntil = 0;

  async function send(
    request: Pick<PlatformRequest, 'method' | 'url' | 'body'>,
    options: Pick<ReadOptions, 'signal' | 'now'>,
  ): Promise<PlatformResponse> {
    const ask = async () => {
      const headers = { authorization: `Bearer ${await tokens.get(options)}` };
      return http.send({ platform: 'google-analytics', headers, signal: options.signal, ...request });
    };
    let response = await ask();
    if (response.status === 401) {
      // A token can end before its time. Only when a new one is not accepted either, access is lost.
      tokens.forget();
      response = await ask();
    }
    if (response.status !== 200) throw refusal(response, options.now());
    return response;
  }

  return {
    async propertyName(options) {
      const response = await send({ method: 'GET', url: new URL(`${property}/metadata`) }, options);
      const what = "Google Analytics' metadata";
      return checkAnswer(metadataAnswer, parseJson(response, what), what).name.replace(/\/metadata$/, '');
    },
    async runReport(request, options) {
      const { now } = options;
      const pause = pausedUntil - now();
      if (pause > 0) throw new RateLimitError(pause, `${WHAT}: the property's tokens are used up`);
      const body = { ...request, returnPropertyQuota: true };
      const response = await send({ method: 'POST', url: new URL(`${property}:runReport`), body }, options);
      const report = checkAnswer(reportAnswer, parseJson(response, WHAT), WHAT);
      if (report.propertyQuota) pausedUntil = now() + pauseOf(report.propertyQuota, now());
      return report;
    },
  };
}

const WHAT = "Google Analytics' report";

function refusal(response: PlatformResponse, now: number): Error {
  const { status, headers } = response;
  const { error } = googleError.safeParse(tryJson(response)).data ?? {};
  const message = `${WHAT}: status ${status}${error ? ` (${error.status})` : ''}`;
  if (status === 429) {
    return new RateLimitError(retryAfter(headers, now) ?? exhaustedFor(error?.message ?? '', now), message);
  }
  if (status === 401 || status === 403) {
    return new AccessLostError(`${message}: the account may not read this property (any more)`);
  }
  return new PlatformResponseError(message, { status });
}
