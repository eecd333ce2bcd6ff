/** Starts the worker of the app, in whichever process it is to run. */
import { QueueName } from '@bizinsights/jobs-core';
import { jobs } from './jobs';
import { createProcessors } from './processors';

const TITLES: Readonly<Record<string, string>> = {
  [QueueName.DataSync]: 'Data Sync',
  [QueueName.InsightsGeneration]: 'Insights',
  [QueueName.WebhookProcessing]: 'Webhook',
  [QueueName.ReportGeneration]: 'Report',
  [QueueName.EmailSending]: 'Email',
  [QueueName.Alerts]: 'Alerts',
};

/** Said here, so that the lines that name it are true. */
const CONCURRENCY: Readonly<Record<string, number>> = {
  [QueueName.DataSync]: 5,
  [QueueName.InsightsGeneration]: 2,
  [QueueName.WebhookProcessing]: 10,
  [QueueName.ReportGeneration]: 3,
  [QueueName.EmailSending]: 5,
  [QueueName.Alerts]: 5,
};

export async function startAppWorker() {
  const processors = await createProcessors();
  for (const processor of processors) {
    const { name } = processor.queue;
    const concurrency = CONCURRENCY[name] ?? 5;
    jobs.registerProcessor(processor, { concurrency });
    console.log(`${TITLES[name] ?? name} processor registered (concurrency: ${concurrency})`);
  }
  const worker = await jobs.startWorker({ handleSignals: false });
  console.log('The worker runs');
  return worker;
}
