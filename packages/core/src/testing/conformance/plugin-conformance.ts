/** `pluginConformance`: what every plugin of this house has to hold, as cases for any test runner. */
import type { AnyQueueDefinition } from '../../queue/definition.js';
import { dataCases } from './data-cases.js';
import type { ConformanceCase, PluginUnderTest } from './plugin.js';
import { redactionCases } from './redaction-cases.js';
import { troubleCases } from './trouble-cases.js';
import { workCases } from './work-cases.js';

/**
 * The cases that a plugin has to pass: its contract, its work, its behaviour in trouble, what it keeps to itself.
 *
 * They need no server of ours and no test runner: each is a name and a function that rejects with an `AssertionError`.
 * What the plugin talks to is the plugin's: give it services that work, that fail, and that hang.
 *
 * @example
 * ```ts
 * import { setTimeout as sleep } from 'node:timers/promises';
 *
 * let sent: Mail[] = [];
 * const cases = pluginConformance({
 *   queue: emailQueue,
 *   processor: () => emailProcessor({ transport: recordingTransport((sent = [])) }),
 *   failing: () => emailProcessor({ transport: { send: () => Promise.reject(new Error('not now')) } }),
 *   hanging: () => emailProcessor({ transport: { send: (_mail, { signal }) => sleep(60_000, undefined, { signal }) } }),
 *   validData: [{ to: 'ann@example.com', template: 'welcome' }],
 *   invalidData: [{ data: { to: 'nobody' }, path: 'to' }],
 *   effects: () => [...sent],
 * });
 * for (const { name, run } of cases) it(name, run);
 * ```
 */
export function pluginConformance<Q extends AnyQueueDefinition>(plugin: PluginUnderTest<Q>): ConformanceCase[] {
  return [...dataCases(plugin), ...workCases(plugin), ...troubleCases(plugin), ...redactionCases(plugin)];
}
