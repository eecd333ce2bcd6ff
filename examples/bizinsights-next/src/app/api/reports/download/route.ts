/** Report files, by their signed addresses, for who is signed in at the organization of the report. */
import { downloadHandler } from '@bizinsights/jobs-reports';
import { NextResponse } from 'next/server';
import { reportStorage } from '@/lib/reports/report-storage';
import { currentPerson } from '@/lib/sign-in/session';
import { store } from '@/lib/store/store';

export async function GET(request: Request): Promise<Response> {
  const person = await currentPerson();
  // A mail of a large report leads here. Without a host: the session is one of the host that was asked.
  if (!person) return new Response(null, { status: 303, headers: { location: '/sign-in' } });
  if (new URL(request.url).searchParams.get('organization') !== person.organization.id) {
    return NextResponse.json({ error: 'There is no such report' }, { status: 404 });
  }
  return await downloadHandler({ reports: store.reports, storage: reportStorage() })(request);
}
