import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { expect, it } from 'vitest';
import { emailProcessor } from './processor.js';
import { emailQueue } from './queue.js';
import { resendTransport } from './transports/resend.js';

it('a worker that starts lists what is wrong with every variable of the plugin, and none of the values', async () => {
  const environment = { EMAIL_FROM: 'nobody', RESEND_API_KEY: 're 1' };
  const jobs = createJobs({ connection: 'memory:', queues: [emailQueue], logger: silentLogger, environment });
  jobs.registerProcessor(emailProcessor({ transport: resendTransport({ environment }) }));
  await expect(jobs.startWorker({ handleSignals: false })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    issues: [{ path: ['EMAIL_FROM'] }, { path: ['RESEND_API_KEY'] }],
    message: expect.not.stringMatching(/nobody|re 1/),
  });
  await jobs.close();
});
