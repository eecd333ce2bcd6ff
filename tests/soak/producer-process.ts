/** Adds jobs of all kinds until SIGTERM, and writes down each that was acknowledged, and each error that it saw. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobs, type JobOptions, JobsError, toError } from '@bizinsights/jobs-core';
import { openEntries } from './entries.js';
import { connectionOf, readSettings, tickQueue, workQueue } from './queues.js';
import { createRandom } from './random.js';

/** Callers at a time, and the pause of each between two calls. ms */
const LANES = 4;
const PAUSE = 100;
/** When a refused job that has an id of its own is offered again. ms */
const AGAIN = 200;

const settings = readSettings();
const { prefix, folder, name, seed } = settings;
const write = openEntries(folder, name);
const random = createRandom(seed);
const jobs = createJobs({
  connection: connectionOf(settings),
  prefix,
  queues: [workQueue, tickQueue],
  environment: {},
});
const queue = jobs.queue(workQueue);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

let count = 0;
let lastId = '';

interface Offer {
  readonly data: { readonly ref: string; readonly ms: number; readonly failsFirst: boolean };
  readonly options: JobOptions;
}

function newOffer(hasId: boolean): Offer {
  count += 1;
  const ref = `${name}-${count}`;
  const failsFirst = random() < 0.1;
  // One of eight is still at work when a fault comes, most are quick.
  const ms = Math.round(random() < 0.12 ? 500 + random() * 1_000 : random() * 60);
  const options: JobOptions = {
    ...(hasId ? { id: ref } : {}),
    // A fault of the store must not use up the only attempt.
    ...(!failsFirst && random() < 0.3 ? { attempts: 1 } : {}),
    ...(random() < 0.1 ? { delay: Math.round(100 + random() * 1_400) } : {}),
    ...(random() < 0.1 ? { priority: 1 + Math.floor(random() * 5) } : {}),
  };
  return { data: { ref, ms, failsFirst }, options };
}

/** Makes one call, and writes down what became of it. */
async function call(what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    const error = toError(thrown);
    const code = 'code' in error ? String(error.code) : error.name;
    write({ kind: 'refused', call: what, code, isOurs: error instanceof JobsError, message: error.message });
    return false;
  }
}

async function offer(offers: readonly Offer[]): Promise<boolean> {
  const [first] = offers;
  if (offers.length > 1 || !first) {
    return call('addMany', async () => {
      const added = await queue.addMany(offers);
      for (const [index, { data }] of offers.entries())
        write({ kind: 'acknowledged', ref: data.ref, id: added[index]?.id ?? '' });
    });
  }
  return call('add', async () => {
    const { id } = await queue.add(first.data, first.options);
    lastId = id;
    write({ kind: 'acknowledged', ref: first.data.ref, id });
  });
}

async function produce(): Promise<void> {
  while (!stop.signal.aborted) {
    const hasId = random() < 0.6;
    const offers = Array.from({ length: random() < 0.15 ? 5 : 1 }, () => newOffer(hasId));
    // What has an id can be offered again. What has none may be there or not: the next one is another job.
    while (!(await offer(offers)) && hasId && !stop.signal.aborted) await pause(AGAIN);
    await pause(PAUSE * (0.5 + random()));
  }
}

/** A caller of another kind: it reads. */
async function read(): Promise<void> {
  while (!stop.signal.aborted) {
    if (lastId !== '') await call('get', () => queue.get(lastId));
    await call('counts', () => queue.counts());
    await pause(PAUSE * 2);
  }
}

function pause(ms: number): Promise<unknown> {
  return sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined);
}

write({ kind: 'ready' });
await Promise.all([...Array.from({ length: LANES }, produce), read()]);
await jobs.close();
process.exit(0);
