import type { z } from 'zod';
import type { emailTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { Button, Layout, Note, Paragraph, Section } from './layout.js';
import { texts } from './texts/languages.js';

type Variables = z.output<(typeof emailTemplates)['insights-digest']>;

/** What mattered in a week, in one mail. */
export const insightsDigest: EmailTemplate<Variables> = {
  subject: (variables, { locale }) => texts[locale].digest.subject(variables),
  component(variables, context) {
    const { insights, more = 0, dashboardUrl } = variables;
    const { digest: say } = texts[context.locale];
    const { reason = say.reason(variables) } = variables;
    return (
      <Layout context={context} title={say.subject(variables)} preview={say.preview(variables)} reason={reason}>
        <Paragraph>{say.intro(variables)}</Paragraph>
        {insights.map(({ title, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rendered once, and never changed
          <Section key={index} title={title} text={text} />
        ))}
        {dashboardUrl && (
          <Button context={context} href={dashboardUrl}>
            {say.open}
          </Button>
        )}
        {more > 0 && <Note>{say.more(more)}</Note>}
      </Layout>
    );
  },
};
