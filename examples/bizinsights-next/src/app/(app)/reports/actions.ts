'use server';

import { reportScheduleKey, requestReport, scheduleReport } from '@bizinsights/jobs-reports';
import { REPORT_FORMATS } from '@bizinsights/jobs-reports/queue';
import { revalidatePath } from 'next/cache';
import { z } from 'zod';
import { type ActionResult, answering } from '@/lib/action-result';
import { jobs } from '@/lib/jobs';
import { requirePermission } from '@/lib/sign-in/session';
import { store } from '@/lib/store/store';

const format = z.enum(REPORT_FORMATS);
const wantedReport = z.object({ from: z.iso.date(), to: z.iso.date(), format, whom: z.string() });

export async function makeReport(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('operate');
    const { from, to, format, whom } = wantedReport.parse(Object.fromEntries(form));
    const recipients = await addressesOf(organization.id, whom);
    await requestReport(jobs, store.reports, {
      ...{ organizationId: organization.id, template: 'sales', format, period: { from, to } },
      ...(recipients.length === 0 ? {} : { recipients }),
    });
    revalidatePath('/reports');
    return { notice: 'The report is in the list below. One that was made just now is not made again.' };
  });
}

export async function cancelReport(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('operate');
    const id = String(form.get('id'));
    if (!(await store.reports.get(organization.id, id))) return { error: 'There is no such report any more.' };
    const isCancelled = await store.reports.cancel(organization.id, id);
    revalidatePath('/reports');
    return isCancelled ? { notice: 'Cancelled.' } : { error: 'It was over already.' };
  });
}

const wantedSchedule = z.object({
  format,
  frequency: z.enum(['daily', 'weekly', 'monthly']),
  weekday: z.coerce.number(),
  dayOfMonth: z.coerce.number(),
  time: z.string(),
  whom: z.string(),
});

export async function addSchedule(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('operate');
    const { whom, weekday, dayOfMonth, ...choice } = wantedSchedule.parse(Object.fromEntries(form));
    const recipients = await addressesOf(organization.id, whom);
    if (recipients.length === 0) return { error: 'There is no such member any more.' };
    const schedule = {
      ...choice,
      ...{ organizationId: organization.id, template: 'sales', timeZone: organization.timeZone, recipients },
      ...(choice.frequency === 'weekly' ? { weekday } : {}),
      ...(choice.frequency === 'monthly' ? { dayOfMonth } : {}),
    };
    await scheduleReport(store.reports, schedule, { jobs });
    revalidatePath('/reports');
    return { notice: 'Planned. Its next run is in the list above.' };
  });
}

export async function removeSchedule(_: ActionResult, form: FormData): Promise<ActionResult> {
  return await answering(async () => {
    const { organization } = await requirePermission('operate');
    const id = String(form.get('id'));
    if (!(await store.reports.removeSchedule(organization.id, id))) {
      return { error: 'There is no such schedule any more.' };
    }
    await jobs.scheduler.remove(reportScheduleKey(id));
    revalidatePath('/reports');
    return { notice: 'Removed.' };
  });
}

/** The addresses of one member, or of all members. Figures are mailed to no other address. */
async function addressesOf(organizationId: string, whom: string): Promise<string[]> {
  const members = await store.organizations.members(organizationId);
  return members.filter(({ id }) => whom === 'all' || id === whom).map(({ email }) => email);
}
