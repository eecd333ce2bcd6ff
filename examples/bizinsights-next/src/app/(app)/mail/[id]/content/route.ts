/** The HTML of a mail, for the frame of its page: nothing in it runs, and nothing is loaded from elsewhere. */
import { findMail } from '@/lib/demo/mailbox';
import { currentPerson } from '@/lib/sign-in/session';
import { memberAddresses } from '@/lib/store/member-addresses';

const POLICY = [
  "default-src 'none'",
  // Mails have their styles inline.
  "style-src 'unsafe-inline'",
  'img-src data:',
  "frame-ancestors 'self'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ');

export async function GET(
  _: Request,
  { params }: { readonly params: Promise<{ readonly id: string }> },
): Promise<Response> {
  const person = await currentPerson();
  const mail = person && (await findMail((await params).id, await memberAddresses(person.organization.id)));
  if (!mail) return new Response('There is no such mail', { status: 404 });
  return new Response(withTarget(mail.html || `<pre>${escapeHtml(mail.text)}</pre>`), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  });
}

/** Links open a window of their own: the frame is not a place to read on. */
function withTarget(html: string): string {
  return html.replace(/<head[^>]*>/i, (head) => `${head}<base target="_blank">`);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
