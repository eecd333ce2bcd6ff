'use server';

import { scheduleImmediateInsights } from '@bizinsights/jobs-insights';
import { INSIGHT_PERIODS } from '@bizinsights/jobs-insights/queue';
import { z } from 'zod';
import { type ActionResult, answering } from '@/lib/action-result';
import { jobs } from '@/lib/jobs';
import { requirePermission } from '@/lib/sign-in/session';

const choice = z.object({ period: z.enum(INSIGHT_PERIODS) });

export async function lookAgain(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('operate');
    const { period } = choice.parse(Object.fromEntries(form));
    const { deduplicated } = await scheduleImmediateInsights(jobs, organization.id, period, { force: true });
    return {
      notice: deduplicated
        ? 'The figures are being looked at already.'
        : 'The figures are being looked at. What is new appears here.',
    };
  });
}
