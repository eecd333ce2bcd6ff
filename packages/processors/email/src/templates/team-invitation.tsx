import type { z } from 'zod';
import type { emailTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { Button, Layout, Note, Paragraph } from './layout.js';
import { formatTime } from './time.js';

type Variables = z.output<(typeof emailTemplates)['team-invitation']>;

const subject = ({ inviterName, organizationName }: Variables) =>
  `${inviterName} invites you to join ${organizationName}`;

/** Invites somebody to a team. */
export const teamInvitation: EmailTemplate<Variables> = {
  subject,
  component(variables) {
    const { inviterName, organizationName, role, invitationUrl, expiresAt } = variables;
    return (
      <Layout title={`Join ${organizationName}`} preview={`${inviterName} would like to work with you.`}>
        <Paragraph>
          {inviterName} invites you to join <strong>{organizationName}</strong>
          {role && ` as ${role}`}.
        </Paragraph>
        <Button href={invitationUrl}>Accept the invitation</Button>
        <Note>
          {expiresAt && `The invitation is valid until ${formatTime(expiresAt)}. `}
          If you did not expect it, you can ignore this mail.
        </Note>
      </Layout>
    );
  },
};
