import type { z } from 'zod';
import type { emailTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { Button, Layout, Paragraph } from './layout.js';
import { texts } from './texts/languages.js';

type Variables = z.output<(typeof emailTemplates)['welcome']>;

/** Greets a new user. */
export const welcome: EmailTemplate<Variables> = {
  subject: (variables, { locale }) => texts[locale].welcome.subject(variables),
  component(variables, context) {
    const { name, productName, dashboardUrl } = variables;
    const { hello, welcome: say } = texts[context.locale];
    const { reason = say.reason(variables) } = variables;
    return (
      <Layout context={context} title={say.subject(variables)} preview={say.preview(variables)} reason={reason}>
        <Paragraph>{hello(name)}</Paragraph>
        <Paragraph>{say.ready(variables)}</Paragraph>
        <Button context={context} href={dashboardUrl}>
          {say.open(productName)}
        </Button>
      </Layout>
    );
  },
};
