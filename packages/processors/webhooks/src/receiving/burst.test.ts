// Many webhooks at once on a busy machine: a store that answers, however slowly, is not away.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createDatabase } from '@bizinsights/test-servers';
import { expect, inject, it } from 'vitest';
import { bellRequest, openDoor, openJobs } from '../fixtures/door.js';
import { webhookQueue } from '../queue.js';

const WEBHOOKS = 1_000;

it(`answers ${WEBHOOKS} webhooks at once on PostgreSQL, while the machine is busy and this process stands still`, async ({
  onTestFinished,
}) => {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  const jobs = openJobs(url);
  const door = openDoor(jobs);
  const busy: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of busy) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await jobs.close();
    await drop();
  });
  await jobs.queue(webhookQueue).counts();
  for (let n = 0; n < 2; n++) busy.push(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
  const answers = Array.from({ length: WEBHOOKS }, async (_, n) => {
    const { status } = await door(bellRequest({ id: `event-${n}`, topic: 'made' }));
    return status;
  });
  // Longer than any answer of the store may take: statements are under way, most still wait for a connection.
  const end = performance.now() + 6_000;
  while (performance.now() < end);
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
  expect(await jobs.queue(webhookQueue).counts()).toMatchObject({ waiting: WEBHOOKS });
}, 180_000);
