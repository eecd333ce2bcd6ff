import type { z } from 'zod';
import type { emailTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { Button, Layout, Paragraph } from './layout.js';

type Variables = z.output<(typeof emailTemplates)['welcome']>;

const subject = ({ name, productName }: Variables) => `Welcome to ${productName}, ${name}`;

/** Greets a new user. */
export const welcome: EmailTemplate<Variables> = {
  subject,
  component(variables) {
    const { name, productName, organizationName, dashboardUrl } = variables;
    return (
      <Layout title={subject(variables)} preview="Your account is ready.">
        <Paragraph>Hello {name},</Paragraph>
        <Paragraph>
          Your account {organizationName && `in ${organizationName} `}is ready. Everything begins on your dashboard.
        </Paragraph>
        <Button href={dashboardUrl}>Open {productName}</Button>
      </Layout>
    );
  },
};
