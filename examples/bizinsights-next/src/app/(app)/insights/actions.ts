'use server';

import { defined } from '@bizinsights/jobs-core';
import { INSIGHT_KINDS, scheduleImmediateInsights } from '@bizinsights/jobs-insights';
import { INSIGHT_PERIODS } from '@bizinsights/jobs-insights/queue';
import { revalidatePath } from 'next/cache';
import { z } from 'zod';
import { type ActionResult, answering } from '@/lib/action-result';
import { jobs } from '@/lib/jobs';
import { requirePermission, requirePerson } from '@/lib/sign-in/session';
import { store } from '@/lib/store/store';

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

const thumb = z.object({ id: z.string().min(1), vote: z.enum(['up', 'down', 'none']) });

/** Every member may: it is the members whom insights are for. */
export async function vote(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization, member } = await requirePerson();
    const { id, vote: wanted } = thumb.parse(Object.fromEntries(form));
    if (!(await store.insights.get(organization.id, id))) return { error: 'There is no such insight any more.' };
    await store.insights.vote(organization.id, id, { by: member.id, vote: wanted === 'none' ? undefined : wanted });
    revalidatePath('/insights');
    return {};
  });
}

const muted = z.object({ kind: z.enum(INSIGHT_KINDS), metric: z.string().min(1).max(100) });

export async function mute(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization, member } = await requirePermission('operate');
    await store.insights.mute(organization.id, { ...muted.parse(Object.fromEntries(form)), by: member.id });
    revalidatePath('/insights');
    return { notice: 'Muted: there will be no more insights like this one.' };
  });
}

export async function unmute(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('operate');
    await store.insights.unmute(organization.id, defined(muted.partial().parse(Object.fromEntries(form))));
    revalidatePath('/insights');
    return { notice: 'Such insights will be shown again.' };
  });
}
