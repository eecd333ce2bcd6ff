/** All of the demo without its pages: done once, compared with the sandbox's own truth, and told as a table. */
import { QueueName } from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { z } from 'zod';
import { askDemo } from '../lib/demo/demo-services';
import { jobs } from '../lib/jobs';
import { store } from '../lib/store/store';
import { checkAgainstTruth, eventually } from './check';
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
const completed = new Map<string, number>();
const failed: string[] = [];
jobs.events.on('job:completed', ({ queue }) => void completed.set(queue, (completed.get(queue) ?? 0) + 1));
jobs.events.on('job:failed', ({ queue, id, willRetry, error }) => {
  if (!willRetry) failed.push(`${queue}: job ${id} has failed: ${error.message}`);
});

const door = await openWebhookDoor();
process.env.APP_URL = door.url;
await jobs.startWorker({ handleSignals: false });
await firstRun(new AbortController().signal);

const problems: string[] = [];
const cameIn = await eventually(async () => (completed.get('webhook-processing') ?? 0) >= WEBHOOKS, LIMIT);
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
for (const name of QUEUES) if (!completed.has(name)) problems.push(`${name}: no job was completed`);

// From here on the shops stand still, so that what is stored can be compared with what they have.
await askDemo('/clock', { running: false });
for (const { id: integrationId } of await store.integrations.list(organizationId)) {
  const { id } = await jobs.queue(dataSyncQueue).add({ integrationId, organizationId });
  await jobs.queue(dataSyncQueue).waitFor(id, { timeout: LIMIT });
}
const { rows, days, problems: differences } = await checkAgainstTruth();
problems.push(...differences, ...failed);

await jobs.close();
await store.close();
await door.close();

const lines: [string, string | number][] = [
  ...QUEUES.map((name): [string, number] => [name, completed.get(name) ?? 0]),
  ['rows like the platforms', rows],
  ['days of revenue compared', days],
  ['seconds', Math.round((performance.now() - started) / 1_000)],
];
console.log(`\n${lines.map(([name, value]) => `  ${name.padEnd(26)}${String(value).padStart(8)}`).join('\n')}\n`);
for (const problem of problems.slice(0, 20)) console.error(`wrong: ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
