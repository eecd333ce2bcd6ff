import type { z } from 'zod';
import type { emailTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { formatTime } from './format.js';
import { Button, Facts, Layout, Note, Paragraph } from './layout.js';
import { texts } from './texts/languages.js';

type Variables = z.output<(typeof emailTemplates)['report-delivery']>;

/** Brings a report: its main figures, and a link or an attachment. */
export const reportDelivery: EmailTemplate<Variables> = {
  subject: (variables, { locale }) => texts[locale].report.subject(variables),
  component(variables, context) {
    const { recipientName, summary = [], downloadUrl, expiresAt } = variables;
    const { hello, report: say } = texts[context.locale];
    const { reason = say.reason(variables) } = variables;
    return (
      <Layout context={context} title={say.subject(variables)} preview={say.preview(variables)} reason={reason}>
        {recipientName && <Paragraph>{hello(recipientName)}</Paragraph>}
        <Paragraph>{say.intro(variables)}</Paragraph>
        {summary.length > 0 && <Facts context={context} facts={summary} />}
        {downloadUrl && (
          <Button context={context} href={downloadUrl}>
            {say.download}
          </Button>
        )}
        {downloadUrl && expiresAt && <Note>{say.expires(formatTime(expiresAt, context))}</Note>}
      </Layout>
    );
  },
};
