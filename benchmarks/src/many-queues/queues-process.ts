/** One side with many queues: starts and closes their workers, and we also serve their events. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobs, defineProcessor, defineQueue, type Jobs, silentLogger } from '@bizinsights/jobs-core';
import { createMonitoringHandler } from '@bizinsights/jobs-core/monitoring';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { z } from 'zod';
import type { EventCosts, QueuesAnswer, QueuesTask } from './task.js';

const STREAMS = 50;

/** What has been started waits for jobs so long before it is stopped: neither a stop nor the count of connections meets the end of the start. ms */
const IDLE = 500;

const task: QueuesTask = JSON.parse(process.argv[2] ?? '{}');
const names = Array.from({ length: task.queues }, (_, n) => `queue-${n}`);
// Without ioredis, which a process that starts its workers has not used before either.
const watcher = connect(Number(new URL(task.redisUrl).port), '127.0.0.1').setEncoding('utf8');
const before = await connections();
const answer = task.side === 'jobs' ? await runJobs() : await runPlain();
watcher.destroy();
process.send?.(answer);
process.disconnect?.();

/** Of all clients of the server. */
async function connections(): Promise<number> {
  watcher.write('INFO clients\r\n');
  let told = '';
  for (;;) {
    const count = /connected_clients:(\d+)\r/.exec(told)?.[1];
    if (count !== undefined && told.endsWith('\r\n')) return Number(count);
    told += (await once(watcher, 'data')).join('');
  }
}

async function runPlain(): Promise<QueuesAnswer> {
  const begun = performance.now();
  const connection = new Redis(task.redisUrl, { maxRetriesPerRequest: null });
  const workers = names.map((name) => new Worker(name, async () => null, { connection }));
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  const start = performance.now() - begun;
  await sleep(IDLE);
  const open = (await connections()) - before;
  const closing = performance.now();
  await Promise.all(workers.map((worker) => worker.close()));
  connection.disconnect();
  return { start, stop: performance.now() - closing, connections: open };
}

async function runJobs(): Promise<QueuesAnswer> {
  const queues = names.map(queueOf);
  const begun = performance.now();
  const jobs = createJobs({ connection: task.redisUrl, queues, logger: silentLogger, environment: {} });
  for (const queue of queues) jobs.registerProcessor(defineProcessor({ queue, process: () => undefined }));
  const worker = await jobs.startWorker({ handleSignals: false });
  const start = performance.now() - begun;
  await sleep(IDLE);
  const open = (await connections()) - before;
  const closing = performance.now();
  await worker.close();
  const stop = performance.now() - closing;
  const events = await listen(jobs, queues);
  await jobs.close();
  return { start, stop, connections: open, events };
}

async function listen(jobs: Jobs, queues: readonly ReturnType<typeof queueOf>[]): Promise<EventCosts> {
  const add = async () => {
    const spent = process.cpuUsage();
    for (let n = 0; n < task.jobs; n++) {
      const queue = queues[n % queues.length];
      if (queue) await jobs.queue(queue).add(n);
    }
    const { user, system } = process.cpuUsage(spent);
    return (user + system) / 1_000 / task.jobs;
  };
  await add();
  const cpuAlone = await add();
  const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'bench', role: 'viewer' }) });
  const abort = new AbortController();
  let bytes = 0;
  let had = 0;
  const streams = Array.from({ length: STREAMS }, async () => {
    const { body } = await handler(new Request('http://localhost/api/jobs/events', { signal: abort.signal }));
    // Whatever is read together is one event each.
    for await (const chunk of body ?? []) {
      had += 1;
      bytes = Math.max(bytes, chunk.byteLength);
    }
  });
  while (had < STREAMS) await new Promise((resolve) => setTimeout(resolve, 10));
  const cpu = await add();
  abort.abort();
  await Promise.all(streams);
  return { bytes, cpu, cpuAlone };
}

function queueOf(name: string) {
  return defineQueue({ name, schema: z.number() });
}
