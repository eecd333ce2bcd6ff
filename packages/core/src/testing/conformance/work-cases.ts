/** Cases of the work: it is done, once, and can be started and stopped. */
import assert from 'node:assert/strict';
import { checkResult } from '../../queue/data.js';
import type { AnyQueueDefinition, DataInput } from '../../queue/definition.js';
import { type Bench, withBench } from './bench.js';
import type { ConformanceCase, PluginUnderTest } from './plugin.js';

export function workCases<Q extends AnyQueueDefinition>(plugin: PluginUnderTest<Q>): ConformanceCase[] {
  const { queue, processor, validData, effects } = plugin;
  const open = (body: (bench: Bench<Q>) => Promise<void>) => withBench(plugin, processor, body);
  return [
    {
      name: 'the processor works on the queue',
      async run() {
        const { name, version } = (await processor()).queue;
        assert.deepEqual({ name, version }, { name: queue.name, version: queue.version });
      },
    },
    ...validData.flatMap((data, index) => [
      {
        name: `valid data ${index + 1} is processed, and its result survives the store`,
        run: () => open((bench) => checkProcessed(plugin, bench, data)),
      },
      {
        name: `valid data ${index + 1} is processed again after a crash at the end${effects ? ', and nothing is done twice' : ''}`,
        run: () => open((bench) => checkCrash(plugin, bench, data)),
      },
    ]),
    { name: '`start` and `stop` may be called again', run: () => checkHooks(plugin) },
  ];
}

async function checkProcessed<Q extends AnyQueueDefinition>(
  { queue }: PluginUnderTest<Q>,
  bench: Bench<Q>,
  data: DataInput<Q>,
): Promise<void> {
  const id = await bench.add(data);
  await bench.jobs.drain({ withDelayed: true });
  checkCompleted(bench, id);
  // `waitFor` gives what the store gives, typed as the schema says.
  await checkResult(queue, bench.job(id).result);
  const addsToItself = bench.jobs.enqueued(queue).length > 1;
  if (addsToItself)
    assert.ok(bench.enqueues.includes(queue.name), `it adds to "${queue.name}", which \`enqueues\` does not name`);
}

async function checkCrash<Q extends AnyQueueDefinition>(
  { queue, effects }: PluginUnderTest<Q>,
  bench: Bench<Q>,
  data: DataInput<Q>,
): Promise<void> {
  const id = await bench.add(data);
  await bench.jobs.runAndLose(queue);
  const before = effects?.();
  await bench.jobs.drain({ withDelayed: true });
  checkCompleted(bench, id);
  if (effects) assert.deepEqual(effects(), before, 'the second run has done something again');
}

function checkCompleted<Q extends AnyQueueDefinition>(bench: Bench<Q>, id: string): void {
  const { state, failedReason } = bench.job(id);
  assert.equal(state, 'completed', `the job is ${state}${failedReason === undefined ? '' : `: ${failedReason}`}`);
}

/** Two workers in one process start a processor twice, and a worker that is started again does so too. */
async function checkHooks<Q extends AnyQueueDefinition>(plugin: PluginUnderTest<Q>): Promise<void> {
  const processor = await plugin.processor();
  const work = async (bench: Bench<Q>) => {
    const id = await bench.add(plugin.validData[0]);
    await bench.jobs.drain({ withDelayed: true });
    checkCompleted(bench, id);
  };
  await processor.start?.();
  await withBench(plugin, () => processor, work);
  await processor.stop?.();
  await withBench(plugin, () => processor, work);
}
