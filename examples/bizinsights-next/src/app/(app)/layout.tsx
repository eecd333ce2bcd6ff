import type { ReactNode } from 'react';
import { Sidebar } from '@/components/sidebar';
import { requirePerson } from '@/lib/sign-in/session';
import { leave } from '../sign-in/actions';

/** The frame of all pages behind the sign-in. */
export default async function AppLayout({ children }: { readonly children: ReactNode }) {
  const { organization, member, role } = await requirePerson();
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <div className="shell">
        <Sidebar>
          <form action={leave} className="account">
            <div>
              <strong>{organization.name}</strong>
              <span>
                {member.name ?? member.email} · {role}
              </span>
            </div>
            <button type="submit" className="button">
              Sign out
            </button>
          </form>
        </Sidebar>
        <main className="content" id="content" tabIndex={-1}>
          {children}
        </main>
      </div>
    </>
  );
}
