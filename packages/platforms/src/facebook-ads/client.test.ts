import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AccessLostError, PlatformResponseError, RateLimitError } from '../errors.js';
import type { PlatformHttp, PlatformRequest } from '../http/http.js';
import { FacebookRefusal, facebookClient, isMissing, isTooLarge } from './client.js';
import { createFacebookAds } from './index.js';
import { pauseOf, refusedFor } from './usage.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const access = { accessToken: 'EAAG-secret', version: 'v26.0' };

function ask(status: number, body: unknown, headers: Record<string, string> = {}, appSecret?: string) {
  const requests: PlatformRequest[] = [];
  const http: PlatformHttp = {
    async send(request) {
      requests.push(request);
      return { status, headers: new Headers(headers), text: typeof body === 'string' ? body : JSON.stringify(body) };
    },
  };
  const client = facebookClient({ ...access, appSecret }, http);
  const query = { path: 'act_1/campaigns', parameters: { limit: '5' }, signal: new AbortController().signal };
  const request = (at = NOW) => client.request(z.object({ data: z.array(z.unknown()) }), { ...query, now: () => at });
  return { request, requests };
}
const errorOf = async (code: number, subcode?: number, headers?: Record<string, string>) => {
  const error = { message: 'why', type: 'OAuthException', code, error_subcode: subcode, fbtrace_id: 'A' };
  return ask(400, { error }, headers)
    .request()
    .catch((thrown: unknown) => thrown);
};

describe('codes', () => {
  it.each([4, 17, 32, 613, 80_000, 80_001, 80_002, 80_003, 80_004])('%d: come back later', async (code) => {
    const error = await errorOf(code);
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ delay: 300_000 });
  });

  it.each([190, 102, 10, 200, 273, 299])('%d: access is lost', async (code) => {
    expect(await errorOf(code)).toBeInstanceOf(AccessLostError);
  });

  it.each([
    [100, 1_504_018],
    [2, 1_504_038],
  ])('%d/%d: ask for less', async (code, subcode) => {
    const error = await errorOf(code, subcode);
    expect(isTooLarge(error)).toBe(true);
    expect(error).toBeInstanceOf(PlatformResponseError);
  });

  it.each([
    [100, 1_504_019],
    [2, undefined],
    [1, undefined],
    [300, undefined],
  ])('%d/%d: tried again', async (code, subcode) => {
    const error = await errorOf(code, subcode);
    expect(error).toBeInstanceOf(FacebookRefusal);
    expect(isTooLarge(error) || isMissing(error)).toBe(false);
  });

  it('100/33: it is not there', async () => expect(isMissing(await errorOf(100, 33))).toBe(true));

  it('an error that is not of the Graph API is tried again', async () => {
    await expect(ask(502, '<html>').request()).rejects.toThrow(PlatformResponseError);
  });
});

describe('usage', () => {
  const business = (percent: number, minutes: number) => ({
    'x-business-use-case-usage': JSON.stringify({
      '1': [{ type: 'ads_management', call_count: 3, total_cputime: 1, total_time: 1 }],
      '2': [{ type: 'ads_insights', call_count: 1, total_cputime: percent, estimated_time_to_regain_access: minutes }],
    }),
  });

  it.each([
    [{}, 0],
    [business(40, 0), 0],
    [business(100, 19), 19 * 60_000],
    // No time is named.
    [business(96, 0), 300_000],
    [{ 'x-ad-account-usage': '{"acc_id_util_pct":99.5,"reset_time_duration":100}' }, 100_000],
    [{ 'x-ad-account-usage': '{"acc_id_util_pct":9.67,"reset_time_duration":100}' }, 0],
    [{ 'x-fb-ads-insights-throttle': '{"app_id_util_pct":100,"acc_id_util_pct":10}' }, 300_000],
    [{ 'x-fb-ads-insights-reach-throttle': '{"app_id_util_pct":0,"acc_id_util_pct":100}' }, 300_000],
    [{ 'x-app-usage': '{"call_count":28,"total_time":25,"total_cputime":25}' }, 0],
    [{ ...business(100, 5), 'x-app-usage': '{"call_count":100}' }, 300_000],
    [{ 'x-app-usage': 'not JSON', 'x-ad-account-usage': '[]' }, 0],
  ])('%j', (headers, pause) => {
    expect(pauseOf(new Headers(headers))).toBe(pause);
    expect(refusedFor(new Headers(headers))).toBe(pause || 300_000);
  });

  it('a refusal waits as long as its headers say', async () => {
    expect(await errorOf(80_000, 2_446_079, business(100, 7))).toMatchObject({ delay: 7 * 60_000 });
  });

  it('a limit that is near stops the next request, and no other one', async () => {
    const { request, requests } = ask(200, { data: [] }, business(97, 2));
    await request();
    await expect(request(NOW + 1_000)).rejects.toMatchObject({ delay: 119_000 });
    expect(requests).toHaveLength(1);
    await request(NOW + 120_000);
    expect(requests).toHaveLength(2);
  });
});

describe('requests', () => {
  it('hold the token in a header, and the proof of the app’s secret', async () => {
    const { request, requests } = ask(200, { data: [] }, {}, 'app secret');
    await request();
    const [{ url, headers } = {}] = requests;
    expect(headers).toEqual({ authorization: 'Bearer EAAG-secret' });
    expect(url?.href).not.toContain('EAAG');
    expect(url?.pathname).toBe('/v26.0/act_1/campaigns');
    const proof = createHmac('sha256', 'app secret').update('EAAG-secret').digest('hex');
    expect(url?.searchParams.get('appsecret_proof')).toBe(proof);
  });

  it('go to the version that the host has chosen', async () => {
    const asked: string[] = [];
    const platform = createFacebookAds({ version: 'v27.0' });
    const { streams, account } = platform.connect(
      { accountId: '12', accessToken: 'EAAG' },
      {
        async send({ url }) {
          asked.push(url.href);
          return { status: 200, headers: new Headers(), text: '{"data":[]}' };
        },
      },
    );
    const options = { mode: 'full', cursor: undefined, signal: new AbortController().signal, now: () => NOW } as const;
    for await (const page of streams[0]?.read(options) ?? []) expect(page.isLast).toBe(true);
    expect(account).toBe('act_12');
    expect(asked[0]).toMatch(/^https:\/\/graph\.facebook\.com\/v27\.0\/act_12\/campaigns\?/);
    expect(() => createFacebookAds({ version: '27' })).toThrow(TypeError);
  });
});
