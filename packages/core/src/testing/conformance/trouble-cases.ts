/** Cases of trouble: services that fail, and services that never answer. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import { type Bench, withBench } from './bench.js';
import type { ConformanceCase, PluginUnderTest } from './plugin.js';

/** What a processor gets to reach the service that never answers. ms */
const SETTLE = 50;

/** What a processor gets to end after its signal has aborted: what a worker that shuts down would give it. ms */
const GRACE = 250;

export function troubleCases<Q extends AnyQueueDefinition>(plugin: PluginUnderTest<Q>): ConformanceCase[] {
  const { failing, hanging } = plugin;
  return [
    ...(failing === 'uses no service'
      ? []
      : [
          {
            name: 'an error of a service fails the attempt with an Error, and is tried again',
            run: () => withBench(plugin, failing, (bench) => checkFailing(plugin, bench)),
          },
        ]),
    ...(hanging === 'uses no service'
      ? []
      : [
          {
            name: 'it ends when its signal aborts',
            run: () => withBench(plugin, hanging, (bench) => checkAbort(plugin, bench)),
          },
        ]),
  ];
}

async function checkFailing<Q extends AnyQueueDefinition>(plugin: PluginUnderTest<Q>, bench: Bench<Q>): Promise<void> {
  const problems: Error[] = [];
  bench.jobs.events.on('worker:error', ({ error }) => problems.push(error));
  const id = await bench.add(plugin.validData[0]);
  await bench.jobs.drain();
  const [end] = bench.ends;
  assert.ok(end && 'thrown' in end, 'the processor swallows the error of its service: the job completes');
  assert.ok(end.thrown instanceof Error, `it throws something that is no Error: ${String(end.thrown)}`);
  assert.notEqual(end.thrown.message, '', 'its error has no message');
  const { state, maxAttempts } = bench.job(id);
  if (maxAttempts > 1) assert.equal(state, 'delayed', `the job is ${state} after its first attempt, not tried again`);
  await bench.jobs.drain({ withDelayed: true });
  assert.equal(bench.job(id).state, 'failed');
  assert.deepEqual(problems, [], '`onExhausted` throws');
}

async function checkAbort<Q extends AnyQueueDefinition>(plugin: PluginUnderTest<Q>, bench: Bench<Q>): Promise<void> {
  const active = new Promise((resolve) => bench.jobs.events.once('job:active', resolve));
  const id = await bench.add(plugin.validData[0]);
  const drained = bench.jobs.drain();
  // What fails before it is active ends the drain first.
  await Promise.race([active, drained]);
  await sleep(SETTLE);
  assert.deepEqual(bench.ends, [], '`hanging` gives a processor that does not hang');
  await bench.jobs.queue(plugin.queue.name).cancel(id);
  await sleep(GRACE);
  assert.equal(
    bench.ends.length,
    1,
    `it goes on ${GRACE} ms after its signal has aborted: pass \`job.signal\` to every wait`,
  );
  await drained;
}
