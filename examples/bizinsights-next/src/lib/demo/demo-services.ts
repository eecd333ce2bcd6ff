/** How the app reaches what stands around it in the demo: the sandbox's platforms and the mail server. */
import { createPlatformHttp, type PlatformHttp } from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import { appUrl } from '../host/app-url';

const platformShape = z.object({
  id: z.string(),
  baseUrl: z.string(),
  credentials: z.record(z.string(), z.unknown()),
  webhookSecret: z.string().optional(),
});

/** Undefined where the app runs without the demo: then it reaches the platforms themselves. */
export function demoServicesUrl(): string | undefined {
  return process.env.DEMO_SERVICES_URL?.trim() || undefined;
}

/** What stands around the app in the demo does not run, or does not know what is asked for. */
export class DemoServicesError extends Error {
  override readonly name = 'DemoServicesError';
}

/** @throws {DemoServicesError} */
export async function askDemo(path: string, body?: object): Promise<unknown> {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  const url = new URL(path, demoServicesUrl() ?? 'http://127.0.0.1:3003');
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new DemoServicesError(`The demo's services do not run at ${url.origin}`, { cause });
  });
  if (!response.ok) throw new DemoServicesError(`The demo's services answered ${response.status} for ${path}`);
  return await response.json();
}

export async function demoPlatforms() {
  return z.array(platformShape).parse(await askDemo('/platforms'));
}

export async function demoHttp(): Promise<PlatformHttp> {
  const all = await demoPlatforms();
  return createPlatformHttp({ baseUrls: Object.fromEntries(all.map(({ id, baseUrl }) => [id, baseUrl])) });
}

export async function demoSmtpPort(): Promise<number> {
  return z.object({ smtpPort: z.number() }).parse(await askDemo('/ready')).smtpPort;
}

/** Has a sandbox platform send its webhooks to the app, for an account that is connected. */
export async function subscribeToDemo({ id, platform }: { id: string; platform: string }): Promise<void> {
  if (demoServicesUrl() === undefined) return;
  await askDemo('/subscriptions', { platform, to: `${appUrl()}/api/webhooks/${platform}/${id}` });
}
