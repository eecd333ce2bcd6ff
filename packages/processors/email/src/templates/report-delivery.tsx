import type { z } from 'zod';
import type { emailTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { Button, Facts, Layout, Note, Paragraph } from './layout.js';
import { formatTime } from './time.js';

type Variables = z.output<(typeof emailTemplates)['report-delivery']>;

const subject = ({ reportName, period }: Variables) => `${reportName}: ${period}`;

/** Brings a report: its main figures, and a link or an attachment. */
export const reportDelivery: EmailTemplate<Variables> = {
  subject,
  component(variables) {
    const { recipientName, reportName, period, organizationName, summary = [], downloadUrl, expiresAt } = variables;
    return (
      <Layout title={subject(variables)} preview={`The report for ${period} is ready.`}>
        {recipientName && <Paragraph>Hello {recipientName},</Paragraph>}
        <Paragraph>
          Here is the report “{reportName}” {organizationName && `of ${organizationName} `}for {period}.
        </Paragraph>
        {summary.length > 0 && <Facts facts={summary} />}
        {downloadUrl && <Button href={downloadUrl}>Download the report</Button>}
        {downloadUrl && expiresAt && <Note>The link works until {formatTime(expiresAt)}.</Note>}
      </Layout>
    );
  },
};
