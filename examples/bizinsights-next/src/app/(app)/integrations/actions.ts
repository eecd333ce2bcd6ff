'use server';

import { scheduleImmediateSync, syncScheduleKey } from '@bizinsights/jobs-data-sync';
import { revalidatePath } from 'next/cache';
import { type ActionResult, answering } from '@/lib/action-result';
import { connectPlatform } from '@/lib/integrations/connect-platform';
import { findIntegration, toPlatformId } from '@/lib/integrations/integrations';
import { jobs } from '@/lib/jobs';
import { requirePermission } from '@/lib/sign-in/session';
import { store } from '@/lib/store/store';

const NOT_FOUND: ActionResult = { error: 'There is no such integration any more.' };

export async function connect(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('operate');
    const platform = toPlatformId(String(form.get('platform')));
    if (platform === undefined) return { error: 'There is no such platform.' };
    const { reconnected } = await connectPlatform(organization.id, platform);
    revalidatePath('/integrations');
    return {
      notice: reconnected ? 'Connected again. A sync is under way.' : 'Connected. The first sync is under way.',
    };
  });
}

export async function syncNow(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('operate');
    const integration = await findIntegration(organization.id, String(form.get('id')));
    if (!integration) return NOT_FOUND;
    const { deduplicated } = await scheduleImmediateSync(jobs, integration.id, { organizationId: organization.id });
    return { notice: deduplicated ? 'A sync is under way already.' : 'The sync has begun.' };
  });
}

export async function disconnect(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('administer');
    const integration = await findIntegration(organization.id, String(form.get('id')));
    if (!integration) return NOT_FOUND;
    await store.integrations.remove(integration.id);
    await jobs.scheduler.remove(syncScheduleKey(integration.id));
    // Its figures go with its records.
    await store.metrics.refresh(organization.id);
    revalidatePath('/integrations');
    return { notice: 'Disconnected. Its records are removed.' };
  });
}
