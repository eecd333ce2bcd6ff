import type { z } from 'zod';
import type { emailTemplates } from '../queue.js';
import type { EmailTemplate } from '../template.js';
import { formatTime } from './format.js';
import { Button, Facts, Layout, Paragraphs } from './layout.js';
import { texts } from './texts/languages.js';

type Variables = z.output<(typeof emailTemplates)['alert-notification']>;

/** Mail programs show no more of it, in characters. */
const PREVIEW = 200;

/** Tells of something that somebody should look at. */
export const alertNotification: EmailTemplate<Variables> = {
  subject: (variables, { locale }) => texts[locale].alert.subject(variables),
  component(variables, context) {
    const { severity, title, message, occurredAt, organizationName, metric, value, threshold, dashboardUrl } =
      variables;
    const { alert: say } = texts[context.locale];
    const { reason = say.reason(variables) } = variables;
    return (
      <Layout
        context={context}
        title={title}
        preview={say.preview(variables).slice(0, PREVIEW)}
        reason={reason}
        severity={severity}
      >
        <Paragraphs text={message} />
        <Facts
          context={context}
          facts={[
            { label: say.organization, value: organizationName },
            { label: say.metric, value: metric },
            { label: say.value, value },
            { label: say.threshold, value: threshold },
            { label: say.time, value: formatTime(occurredAt, context) },
          ]}
        />
        {dashboardUrl && (
          <Button context={context} href={dashboardUrl}>
            {say.open}
          </Button>
        )}
      </Layout>
    );
  },
};
