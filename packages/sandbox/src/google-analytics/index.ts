/** Google Analytics' view of the shop: the token endpoint, and `runReport` of the Data API. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { GoogleAnalyticsCredentials } from '@bizinsights/jobs-platforms/google-analytics';
import type { OpenSandboxPlatform, SandboxRequest, SandboxResponse } from '../platform.js';
import { blur } from './blur.js';
import { answerMetadata, answerReport, googleFailure } from './report.js';
import { createTokens, revoked } from './tokens.js';

export const PROPERTY_ID = '412345678';

/** Tokens that a report takes, and what the property has of them ("Limits and Quotas"). */
const COST = 8;
const QUOTA = { day: 200_000, hour: 40_000, project: 14_000 } as const;

const HOUR = 3_600_000;

let made: string | undefined;
/** One for all sandboxes of a process: making it takes longer than all the rest. PEM. */
function makePrivateKey(): string {
  made ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  return made;
}

export const googleAnalyticsSandbox: OpenSandboxPlatform<GoogleAnalyticsCredentials> = (world) => {
  const privateKey = world.kept('google-analytics-key', makePrivateKey);
  const publicKey = createPublicKey(privateKey);
  const email = 'sync@glaze-and-co.iam.gserviceaccount.com';
  const tokens = createTokens({ email, publicKey, secret: privateKey, now: world.now });
  /** Tokens that were taken, and in which hour. */
  let taken = { hour: 0, tokens: 0 };

  function answer(request: SandboxRequest): SandboxResponse {
    const { method, url } = request;
    if (method === 'POST' && isForToken(request)) return tokens.answer(request);
    const [, property, verb] = /^\/v1beta\/properties\/(\d+)(:runReport|\/metadata)$/.exec(url.pathname) ?? [];
    if (property === undefined || method !== (verb === '/metadata' ? 'GET' : 'POST')) {
      return { status: 404, headers: { 'content-type': 'text/html' }, body: '<title>Error 404 (Not Found)!!1</title>' };
    }
    if (!tokens.isGood(request.headers.get('authorization'))) {
      return googleFailure(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    }
    if (property !== PROPERTY_ID) return noAccess();
    if (verb === '/metadata') return { body: answerMetadata(PROPERTY_ID) };
    const hour = Math.floor(world.now() / HOUR);
    if (hour !== taken.hour) taken = { hour, tokens: 0 };
    if (taken.tokens + COST > QUOTA.project) return exhausted();
    const answered = answerReport(request.body, world);
    if (answered.status === undefined) taken.tokens += COST;
    return typeof answered.body === 'object'
      ? { ...answered, body: { ...answered.body, ...quotaOf(request) } }
      : answered;
  }

  function quotaOf({ body }: SandboxRequest) {
    if (!/"returnPropertyQuota":\s*true/.test(body)) return {};
    const left = (all: number) => ({ consumed: COST, remaining: all - taken.tokens });
    return {
      propertyQuota: {
        tokensPerDay: left(QUOTA.day),
        tokensPerHour: left(QUOTA.hour),
        tokensPerProjectPerHour: left(QUOTA.project),
        concurrentRequests: { remaining: 10 },
        serverErrorsPerProjectPerHour: { remaining: 10 },
        potentiallyThresholdedRequestsPerHour: { remaining: 120 },
      },
    };
  }

  return {
    credentials: {
      propertyId: PROPERTY_ID,
      serviceAccount: {
        client_email: email,
        private_key: privateKey,
        private_key_id: '5f0c7ad1',
      },
    },
    answer,
    blur,
    // The question for the first day brings no records.
    isPage: ({ url, body }) =>
      url.pathname.endsWith('/metadata') || (url.pathname.endsWith(':runReport') && body.includes('countryId')),
    failures: {
      rateLimited: exhausted,
      serverError: () => googleFailure(500, 'INTERNAL', 'An internal error has occurred.'),
      accessLost: (request) => (isForToken(request) ? revoked() : noAccess()),
    },
    breakRecord({ body, ...rest }) {
      const report =
        typeof body === 'object' && body !== null && 'rows' in body && Array.isArray(body.rows) ? body : undefined;
      if (!report) return { ...rest, body };
      const [first, ...others]: unknown[] = [report.rows].flat();
      const metricValues = ['many', '1', '1', '1'].map((value) => ({ value }));
      return { ...rest, body: { ...report, rows: [{ ...Object(first), metricValues }, ...others] } };
    },
  };
};

function isForToken({ url }: SandboxRequest): boolean {
  return url.pathname === '/token';
}

function noAccess(): SandboxResponse {
  const message = 'User does not have sufficient permissions for this property.';
  return googleFailure(403, 'PERMISSION_DENIED', message);
}

function exhausted(): SandboxResponse {
  const message =
    'Exhausted property tokens for a project per hour. These quota tokens will return in under an hour. To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas';
  return googleFailure(429, 'RESOURCE_EXHAUSTED', message);
}
