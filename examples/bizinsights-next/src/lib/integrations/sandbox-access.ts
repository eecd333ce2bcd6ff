/** What an OAuth login would bring: here the sandbox's credentials of a platform, and a client that reaches it. */
import { createPlatformHttp, type PlatformHttp } from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import { askDemo } from '../demo/demo-services';
import type { PlatformId } from './integrations';

const access = z.object({ credentials: z.record(z.string(), z.unknown()), baseUrl: z.url() });

/** @throws {DemoServicesError} when the demo's services do not run */
export async function sandboxAccess(platform: PlatformId): Promise<{ credentials: object; http: PlatformHttp }> {
  const { credentials, baseUrl } = access.parse(await askDemo(`/sandbox/${platform}`));
  return { credentials, http: createPlatformHttp({ baseUrls: { [platform]: baseUrl } }) };
}
