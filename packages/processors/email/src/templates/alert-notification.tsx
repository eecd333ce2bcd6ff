import type { z } from 'zod';
import type { emailTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { Button, Facts, Layout, Paragraph } from './layout.js';
import { formatTime } from './time.js';

type Variables = z.output<(typeof emailTemplates)['alert-notification']>;

const SEVERITY = { LOW: 'Low', MEDIUM: 'Medium', HIGH: 'High', CRITICAL: 'Critical' } as const;

/** Tells of something that somebody should look at. */
export const alertNotification: EmailTemplate<Variables> = {
  subject: ({ severity, title }) => `${SEVERITY[severity]}: ${title}`,
  component({ severity, title, message, occurredAt, organizationName, metric, value, threshold, dashboardUrl }) {
    const lines = [...message.matchAll(/[^\r\n]+/g)];
    return (
      <Layout title={title} preview={lines[0]?.[0] ?? title}>
        {lines.map(({ 0: line, index }) => (
          <Paragraph key={index}>{line}</Paragraph>
        ))}
        <Facts
          facts={[
            { label: 'Severity', value: SEVERITY[severity] },
            ...(organizationName === undefined ? [] : [{ label: 'Organization', value: organizationName }]),
            ...(metric === undefined ? [] : [{ label: 'Metric', value: metric }]),
            ...(value === undefined ? [] : [{ label: 'Value', value }]),
            ...(threshold === undefined ? [] : [{ label: 'Threshold', value: threshold }]),
            { label: 'Time', value: formatTime(occurredAt) },
          ]}
        />
        {dashboardUrl && <Button href={dashboardUrl}>Open the dashboard</Button>}
      </Layout>
    );
  },
};
