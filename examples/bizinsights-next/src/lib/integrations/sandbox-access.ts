/** What an OAuth login would bring: here the sandbox's credentials of a platform, and a client that reaches it. */
import { createPlatformHttp, type PlatformHttp } from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import type { PlatformId } from './integrations';

const access = z.object({ credentials: z.record(z.string(), z.unknown()), baseUrl: z.url() });

/** @throws {Error} when the demo's services do not run */
export async function sandboxAccess(platform: PlatformId): Promise<{ credentials: object; http: PlatformHttp }> {
  const response = await fetch(
    new URL(`/sandbox/${platform}`, process.env.DEMO_SERVICES_URL ?? 'http://127.0.0.1:3003'),
  );
  if (!response.ok) throw new Error(`The demo's services answered ${response.status} for ${platform}`);
  const { credentials, baseUrl } = access.parse(await response.json());
  return { credentials, http: createPlatformHttp({ baseUrls: { [platform]: baseUrl } }) };
}
