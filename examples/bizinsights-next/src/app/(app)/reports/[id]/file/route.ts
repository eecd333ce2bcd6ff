/** Redirects to the file of a report. The address is signed at each click, so that no page holds an expired one. */
import { notFound } from 'next/navigation';
import { reportStorage } from '@/lib/reports/report-storage';
import { requirePerson } from '@/lib/sign-in/session';
import { store } from '@/lib/store/store';

/** ms */
const EXPIRES_IN = 60_000;

export async function GET(_: Request, { params }: { readonly params: Promise<{ readonly id: string }> }) {
  const { organization } = await requirePerson();
  const report = await store.reports.get(organization.id, (await params).id);
  if (report?.status !== 'ready') notFound();
  const { pathname, search } = new URL(reportStorage().downloadUrl(report, { expiresIn: EXPIRES_IN }));
  // Without a host: the session is one of the host that was asked.
  return new Response(null, { status: 303, headers: { location: pathname + search, 'cache-control': 'no-store' } });
}
