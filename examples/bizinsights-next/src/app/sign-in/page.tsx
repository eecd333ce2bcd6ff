import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { ActionForm } from '@/components/action-form';
import { Brand } from '@/components/brand';
import { DEMO_PASSWORD } from '@/demo/seed';
import { listDemoOrganizations } from '@/lib/sign-in/demo-people';
import { currentPerson } from '@/lib/sign-in/session';
import { enter } from './actions';

export const metadata: Metadata = { title: 'Sign in' };

const ROLES: Record<string, string> = {
  owner: 'may do everything',
  admin: 'connects, syncs, retries',
  member: 'reads',
};

export default async function SignInPage() {
  if (await currentPerson()) redirect('/');
  const organizations = await listDemoOrganizations();
  return (
    <main className="sign-in">
      <div className="brand">
        <Brand />
      </div>
      <h1>Sign in</h1>
      <div className="sign-in-columns">
        <div className="card">
          <ActionForm action={enter} label="Sign in" pendingLabel="Signing in…" tone="primary" className="stack">
            <div className="field">
              <label htmlFor="email">Email address</label>
              <input id="email" name="email" type="email" autoComplete="username" required />
            </div>
            <div className="field">
              <label htmlFor="password">Password</label>
              <input id="password" name="password" type="password" autoComplete="current-password" required />
            </div>
          </ActionForm>
        </div>
        <section className="stack" aria-labelledby="people">
          <div>
            <h2 id="people">People of this demo</h2>
            <p className="quiet">
              All have the password <code>{DEMO_PASSWORD}</code>. Each organization sees its own data alone.
            </p>
          </div>
          {organizations.map(({ id, name, members }) => (
            <div key={id} className="card">
              <h3>{name}</h3>
              <ul>
                {members.map((member) => (
                  <li key={member.id} className="person">
                    <span>
                      {member.name ?? member.id} <span className="badge">{member.role}</span>
                      <span className="quiet small person-line">
                        {member.email} · {ROLES[member.role] ?? 'reads'}
                      </span>
                    </span>
                    <ActionForm
                      action={enter}
                      label="Sign in"
                      accessibleLabel={`Sign in as ${member.name ?? member.email}`}
                      values={{ email: member.email, password: DEMO_PASSWORD }}
                    />
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </section>
      </div>
    </main>
  );
}
