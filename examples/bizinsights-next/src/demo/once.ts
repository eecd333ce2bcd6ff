/** All of the demo without its pages: done once, compared with the sandbox's own truth, and told as a table. */
import { QueueName } from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { z } from 'zod';
import { askDemo } from '../lib/demo/demo-services';
import { closeWithProcess } from '../lib/host/close-with-process';
import { jobs } from '../lib/jobs';
import { store } from '../lib/store/store';
import { type Check, checkAgainstTruth, eventually } from './check';
import { firstRun } from './first-run';
import { ORGANIZATIONS } from './seed';
import { openWebhookDoor } from './webhook-door';

const [{ id: organizationId }] = ORGANIZATIONS;
const WEBHOOKS = 5;
/** Only so that what hangs ends. ms */
const LIMIT = 60_000;

const QUEUES = Object.values(QueueName);

const mails = z.array(z.object({ subject: z.string(), attachments: z.array(z.object({ filename: z.string() })) }));
type Mail = z.output<typeof mails>[number];

/** What must have arrived. */
const MAILS: Readonly<Record<string, (mail: Mail) => boolean>> = {
  welcome: ({ subject }) => /welcome/i.test(subject),
  'an alert': ({ subject }) => /high|critical/i.test(subject),
  'a report with its file': ({ attachments }) => attachments.some(({ filename }) => filename.endsWith('.pdf')),
};

const started = performance.now();
let webhooks = 0;
const failed: string[] = [];
jobs.events.on('job:completed', ({ queue }) => {
  if (queue === QueueName.WebhookProcessing) webhooks += 1;
});
jobs.events.on('job:failed', ({ queue, id, willRetry, error }) => {
  if (!willRetry) failed.push(`${queue}: job ${id} has failed: ${error.message}`);
});

const door = await openWebhookDoor();
process.env.APP_URL = door.url;
const stop = new AbortController();
closeWithProcess(close);

async function close(): Promise<void> {
  stop.abort();
  await jobs.close();
  await store.close();
  await door.close();
}

async function run(): Promise<Check> {
  await jobs.startWorker({ handleSignals: false });
  await firstRun(stop.signal);

  const problems: string[] = [];
  const cameIn = await eventually(async () => webhooks >= WEBHOOKS, LIMIT);
  if (!cameIn) problems.push(`Fewer than ${WEBHOOKS} webhooks were processed`);
  const { alerts } = await store.alerts.list(organizationId);
  if (alerts.length === 0) problems.push('No alert has come');
  const isMade = await eventually(async () => {
    const { reports } = await store.reports.list(organizationId);
    return reports.length > 0 && reports.every(({ status }) => status === 'ready');
  }, LIMIT);
  if (!isMade) problems.push('The report was not made');
  for (const [what, isIt] of Object.entries(MAILS)) {
    const hasCome = await eventually(async () => mails.parse(await askDemo('/mails')).some(isIt), LIMIT);
    if (!hasCome) problems.push(`No mail has arrived: ${what}`);
  }

  // From here on the shops stand still, so that what is stored can be compared with what they have.
  await askDemo('/clock', { running: false });
  for (const { id: integrationId } of await store.integrations.list(organizationId)) {
    const { id } = await jobs.queue(dataSyncQueue).add({ integrationId, organizationId });
    await jobs.queue(dataSyncQueue).waitFor(id, { timeout: LIMIT });
  }
  const check = await checkAgainstTruth();
  return { ...check, problems: [...problems, ...check.problems, ...failed] };
}

/** As the store has them: also those of an earlier run in the same folder. */
async function countCompleted(): Promise<[string, number][]> {
  return await Promise.all(
    QUEUES.map(async (name): Promise<[string, number]> => [name, (await jobs.queue(name).counts()).completed]),
  );
}

const { rows, days, ...check } = await run().catch((error: unknown) => {
  if (!stop.signal.aborted) throw error;
  // It was told to stop: `closeWithProcess` ends the process.
  return new Promise<never>(() => {});
});
const completed = await countCompleted();
const idle = completed.filter(([, count]) => count === 0).map(([name]) => `${name}: no job was completed`);
const problems = [...check.problems, ...idle];
await close();

const lines: [string, string | number][] = [
  ...completed,
  ['rows like the platforms', rows],
  ['days of revenue compared', days],
  ['seconds', Math.round((performance.now() - started) / 1_000)],
];
console.log(`\n${lines.map(([name, value]) => `  ${name.padEnd(26)}${String(value).padStart(8)}`).join('\n')}\n`);
for (const problem of problems.slice(0, 20)) console.error(`wrong: ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
