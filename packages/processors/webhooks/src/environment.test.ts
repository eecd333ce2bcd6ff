import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { expect, it } from 'vitest';
import { webhooksEnvironment } from './environment.js';
import { webhookProcessor } from './processor.js';
import { webhookQueue } from './queue.js';
import { SECRET_VARIABLES } from './secrets.js';

it('the processor carries the variables of the plugin, among them the secret of every platform', async () => {
  const variables = { STRIPE_WEBHOOK_SECRET: ' whsec_new , ,whsec_old\n', RESEND_WEBHOOK_SECRET: ' ' };
  const unused = () => Promise.reject(new Error('not asked'));
  const jobs = createTestJobs({ queues: [webhookQueue, dataSyncQueue] });
  jobs.registerProcessor(
    webhookProcessor({
      platforms: [],
      integrations: { find: unused, accessLost: unused },
      sink: { write: unused },
      environment: variables,
    }),
  );
  const states = new Map(jobs.environment().map((state) => [state.name, state]));
  for (const name of Object.values(SECRET_VARIABLES)) expect(states.has(name), name).toBe(true);
  expect(Object.keys(webhooksEnvironment)).toContain('FACEBOOK_VERIFY_TOKEN');
  expect(states.get('STRIPE_WEBHOOK_SECRET')).toMatchObject({ isSet: true });
  expect(states.get('RESEND_WEBHOOK_SECRET')).toMatchObject({ isSet: false });
  await jobs.close();
});
