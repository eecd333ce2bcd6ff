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

it('the processor and its transport read the variables that createJobs was given', async () => {
  const keys: unknown[] = [];
  const answer: typeof fetch = async (_url, init) => {
    keys.push(new Headers(init?.headers).get('authorization'));
    return Response.json({ id: String(init?.body).includes('env@example.com') ? 'from-env' : 'from-elsewhere' });
  };
  const jobs = createJobs({
    connection: 'memory:',
    queues: [emailQueue],
    processors: [emailProcessor({ transport: resendTransport({ fetch: answer }) })],
    logger: silentLogger,
    environment: { EMAIL_FROM: 'Biz <env@example.com>', RESEND_API_KEY: 're_env' },
  });
  const worker = await jobs.startWorker({ handleSignals: false });
  const { id } = await jobs.queue(emailQueue).add({
    template: 'welcome',
    to: 'ann@example.com',
    variables: { name: 'Ann', productName: 'BizInsights', dashboardUrl: 'https://app.example.com' },
  });
  expect(await jobs.queue(emailQueue).waitFor(id)).toMatchObject({ ids: ['from-env'] });
  expect(keys).toEqual(['Bearer re_env']);
  await worker.close();
  await jobs.close();
});

it('variables that are not set where createJobs reads them keep the worker from starting', async () => {
  const open = (environment: Record<string, string>) =>
    createJobs({
      connection: 'memory:',
      queues: [emailQueue],
      processors: [emailProcessor({ transport: resendTransport() })],
      logger: silentLogger,
      environment,
    });
  for (const [environment, missing] of [
    [{ RESEND_API_KEY: 're_env' }, 'EMAIL_FROM'],
    [{ EMAIL_FROM: 'env@example.com' }, 'RESEND_API_KEY'],
  ] as const) {
    const jobs = open(environment);
    await expect(jobs.startWorker({ handleSignals: false })).rejects.toThrow(`${missing}: set it`);
    await jobs.close();
  }
});
