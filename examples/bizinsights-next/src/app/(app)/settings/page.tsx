import type { Member, Organization } from '@bizinsights/jobs-store';
import type { Metadata } from 'next';
import { ActionForm } from '@/components/action-form';
import { PageHead } from '@/components/page-head';
import { may } from '@/lib/sign-in/roles';
import { requirePerson } from '@/lib/sign-in/session';
import { store } from '@/lib/store/store';
import { changeRole, saveOrganization } from './actions';

export const metadata: Metadata = { title: 'Settings' };

const CURRENCIES = Intl.supportedValuesOf('currency');
const ZONES = Intl.supportedValuesOf('timeZone');

export default async function SettingsPage() {
  const { organization, member, role } = await requirePerson();
  const members = await store.organizations.members(organization.id);
  const mayChange = may(role, 'administer');
  return (
    <>
      <PageHead title="Settings">
        {mayChange
          ? 'The organization and its members.'
          : 'The organization and its members. An owner can change them.'}
      </PageHead>
      <section className="section" aria-labelledby="organization">
        <h2 id="organization">Organization</h2>
        <div className="card">
          {mayChange ? <OrganizationForm organization={organization} /> : <Facts organization={organization} />}
        </div>
      </section>
      <section className="section" aria-labelledby="members">
        <h2 id="members">Members</h2>
        <ul className="card">
          {members.map((one) => (
            <MemberRow key={one.id} member={one} isYou={one.id === member.id} mayChange={mayChange} />
          ))}
        </ul>
      </section>
    </>
  );
}

function OrganizationForm({ organization }: { readonly organization: Organization }) {
  const { name, timeZone, currency } = organization;
  return (
    <ActionForm
      action={saveOrganization}
      label="Save"
      pendingLabel="Saving…"
      tone="primary"
      className="stack form-narrow form-wide"
    >
      <div className="field">
        <label htmlFor="name">Name</label>
        <input id="name" name="name" defaultValue={name} required maxLength={100} autoComplete="organization" />
      </div>
      <div className="form-grid">
        <div className="field">
          <label htmlFor="timeZone">Time zone</label>
          <select id="timeZone" name="timeZone" defaultValue={timeZone} key={timeZone}>
            {withCurrent(ZONES, timeZone).map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor="currency">Currency</label>
          <select id="currency" name="currency" defaultValue={currency} key={currency}>
            {withCurrent(CURRENCIES, currency).map((code) => (
              <option key={code}>{code}</option>
            ))}
          </select>
        </div>
      </div>
      <p className="quiet small">
        Days begin at midnight of the zone. Money in other currencies is not counted where there is no rate.
      </p>
    </ActionForm>
  );
}

/** Node.js lists no alias, such as `UTC`. */
function withCurrent(values: readonly string[], current: string): readonly string[] {
  return values.includes(current) ? values : [current, ...values];
}

function Facts({ organization }: { readonly organization: Organization }) {
  return (
    <dl className="facts">
      <div>
        <dt>Name</dt>
        <dd>{organization.name}</dd>
      </div>
      <div>
        <dt>Time zone</dt>
        <dd>{organization.timeZone}</dd>
      </div>
      <div>
        <dt>Currency</dt>
        <dd>{organization.currency}</dd>
      </div>
    </dl>
  );
}

function MemberRow({
  member,
  isYou,
  mayChange,
}: {
  readonly member: Member;
  readonly isYou: boolean;
  readonly mayChange: boolean;
}) {
  const name = member.name ?? member.email;
  return (
    <li className="person">
      <span>
        {name} {isYou ? <span className="badge badge-accent">you</span> : null}
        <span className="quiet small person-line">{member.email}</span>
      </span>
      {mayChange ? (
        <ActionForm
          action={changeRole}
          label="Change"
          accessibleLabel={`Change the role of ${name}`}
          values={{ id: member.id }}
          className="row"
        >
          <select
            name="role"
            defaultValue={member.role}
            key={member.role}
            aria-label={`Role of ${name}`}
            className="select-small"
          >
            <option>owner</option>
            <option>admin</option>
            <option>member</option>
          </select>
        </ActionForm>
      ) : (
        <span className="badge">{member.role}</span>
      )}
    </li>
  );
}
