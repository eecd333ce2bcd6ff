/**
 * Events of real money and of a test environment, kept apart: a live endpoint of a Stripe Connect platform gets both, and an
 * endpoint's secret can be set in the wrong place. An integration takes no event of the other mode.
 */
import { abortable, defined, type JobContext, toError } from '@bizinsights/jobs-core';
import type { Mode, WebhookEvent } from '@bizinsights/jobs-platforms';
import type { WebhookIntegration, WebhookIntegrations } from '../ports.js';
import type { WebhookQueue } from '../queue.js';
import type { WebhookPlatform } from '../webhook-platform.js';

/** The integrations of an event that take it. */
export interface Takers {
  readonly integrations: readonly WebhookIntegration[];
  /** Why the mode of another one could not be read: that keeps these from nothing, and fails the attempt. */
  readonly failure?: Error;
}

/** Finds them. */
export type FindTakers = (
  job: Pick<JobContext<WebhookQueue>, 'signal' | 'logger'>,
  platform: WebhookPlatform,
  event: WebhookEvent,
  addressed: readonly WebhookIntegration[],
) => Promise<Takers>;

/**
 * Leaves out the integrations of the other mode. One whose mode nobody knows takes events of both; of the first test event
 * that such a one takes, the log tells.
 */
export function createFindTakers(integrations: WebhookIntegrations): FindTakers {
  let hasWarned = false;
  return async (job, platform, { mode, topic }, addressed) => {
    if (mode === undefined) return { integrations: addressed };
    const takers: WebhookIntegration[] = [];
    let failure: Error | undefined;
    for (const integration of addressed) {
      let own = integration.mode;
      try {
        own ??= await abortable(job.signal, () => modeOf(platform, integration, integrations));
      } catch (thrown) {
        if (job.signal.aborted) throw thrown;
        failure ??= toError(thrown);
        continue;
      }
      if (own !== undefined && own !== mode) continue;
      takers.push(integration);
      if (own !== undefined || mode === 'live' || hasWarned) continue;
      hasWarned = true;
      job.logger.warn(
        `${topic}: a test event is taken by the integration "${integration.id}", whose mode is not known. ` +
          'Let `integrations` answer its `mode`, or have `credentials`',
      );
    }
    return { integrations: takers, ...defined({ failure }) };
  };
}

/** By the credentials, in the platform's own words. */
async function modeOf(
  platform: WebhookPlatform,
  { id }: WebhookIntegration,
  integrations: WebhookIntegrations,
): Promise<Mode | undefined> {
  if (!platform.modeOf || !integrations.credentials) return undefined;
  const stored = await integrations.credentials(id);
  const read = platform.credentials?.safeParse(stored);
  return read?.success ? platform.modeOf(read.data) : undefined;
}

/** Why no integration takes an event that is for some. */
export function otherMode({ mode }: WebhookEvent): string {
  return `the event is of ${mode} mode, and the integration is ${mode === 'test' ? 'live' : 'of test mode'}`;
}
