import type { z } from 'zod';
import type { emailTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { Button, Facts, Layout, Paragraph } from './layout.js';
import { formatTime } from './time.js';

type Variables = z.output<(typeof emailTemplates)['alert-notification']>;

const SEVERITY = { info: 'Info', warning: 'Warning', critical: 'Critical' } as const;

/** Tells that a metric has crossed its threshold. */
export const alertNotification: EmailTemplate<Variables> = {
  subject: ({ severity, alertName }) => `${SEVERITY[severity]}: ${alertName}`,
  component({
    alertName,
    severity,
    organizationName,
    metric,
    value,
    threshold,
    occurredAt,
    description,
    dashboardUrl,
  }) {
    return (
      <Layout title={alertName} preview={`${metric} is at ${value}, the threshold is ${threshold}.`}>
        <Facts
          facts={[
            { label: 'Severity', value: SEVERITY[severity] },
            ...(organizationName ? [{ label: 'Organization', value: organizationName }] : []),
            { label: 'Metric', value: metric },
            { label: 'Value', value },
            { label: 'Threshold', value: threshold },
            { label: 'Time', value: formatTime(occurredAt) },
          ]}
        />
        {[...(description?.matchAll(/[^\r\n]+/g) ?? [])].map(({ 0: line, index }) => (
          <Paragraph key={index}>{line}</Paragraph>
        ))}
        {dashboardUrl && <Button href={dashboardUrl}>Open the dashboard</Button>}
      </Layout>
    );
  },
};
