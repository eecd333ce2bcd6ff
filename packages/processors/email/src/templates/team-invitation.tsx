import type { z } from 'zod';
import type { emailTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { formatTime } from './format.js';
import { Button, Layout, Note, Paragraph } from './layout.js';
import { texts } from './texts/languages.js';

type Variables = z.output<(typeof emailTemplates)['team-invitation']>;

/** Invites somebody to a team. */
export const teamInvitation: EmailTemplate<Variables> = {
  subject: (variables, { locale }) => texts[locale].invitation.subject(variables),
  component(variables, context) {
    const { organizationName, invitationUrl, expiresAt } = variables;
    const { invitation: say } = texts[context.locale];
    const { reason = say.reason(variables) } = variables;
    const validity = expiresAt && say.expires(formatTime(expiresAt, context));
    return (
      <Layout context={context} title={say.title(organizationName)} preview={say.preview(variables)} reason={reason}>
        <Paragraph>{say.body(variables)}</Paragraph>
        <Button context={context} href={invitationUrl}>
          {say.accept}
        </Button>
        <Note>{validity ? `${validity} ${say.ignore}` : say.ignore}</Note>
      </Layout>
    );
  },
};
