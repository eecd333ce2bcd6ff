// `hotReloadable` keeps one instance of `jobs` in a process, also where a development server evaluates the module again after each edit.
import { createJobs, defineProcessor, defineQueue, hotReloadable, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const greetingQueue = defineQueue({ name: 'greetings', schema: z.object({ name: z.string() }), result: z.string() });

/** What a development server does with the module `jobs.ts`: once at the start, and again after each edit. */
function evaluate(greeting: string) {
  const greetings = defineProcessor({ queue: greetingQueue, process: ({ data }) => `${greeting} ${data.name}` });

  // #region jobs
  const jobs = hotReloadable('jobs', () =>
    createJobs({ connection: 'memory:', queues: [greetingQueue], processors: [greetings], logger: silentLogger }),
  );
  // #endregion
  return jobs;
}

async function greet(): Promise<string> {
  const queue = jobs.queue(greetingQueue);
  return await queue.waitFor((await queue.add({ name: 'Ann' })).id);
}

const server = setInterval(() => undefined, 1_000); // a development server goes on
const jobs = evaluate('Hello');
await jobs.startWorker();
console.log(await greet());

// The edit: the older instance is closed, and its worker goes on with the new processor.
const edited = evaluate('Good morning');
await new Promise((resolve) => edited.events.once('worker:started', resolve));
console.log(await greet()); // `jobs` of before works with the newest

clearInterval(server);
await jobs.close();

// Output:
// Hello Ann
// Good morning Ann
