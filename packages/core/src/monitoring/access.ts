/** What the monitoring API sees of `jobs`: its parts, which a host has no need to touch. */
import type { Engine } from '../engine/contract.js';
import type { JobsEventEmitter } from '../events.js';
import type { Logger } from '../logger.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { QueueHandle } from '../queue/handle.js';
import type { Scheduler } from '../scheduler/scheduler.js';

export interface MonitoringAccess {
  readonly engine: Engine;
  readonly queues: readonly AnyQueueDefinition[];
  /** @throws {UnknownQueueError} */
  queue(name: string): QueueHandle<AnyQueueDefinition>;
  readonly scheduler: Scheduler;
  readonly events: JobsEventEmitter;
  readonly logger: Logger;
  /** Epoch ms. */
  readonly now: () => number;
}

/** A registered symbol, so that `./monitoring` loaded as CommonJS finds the parts of jobs made by the ES module. */
export const MONITORING: unique symbol = Symbol.for('@bizinsights/jobs-core/monitoring') as typeof MONITORING;

/** What `createMonitoringHandler` takes: the answer of `createJobs` or `createTestJobs`. */
export interface MonitoredJobs {
  readonly [MONITORING]: MonitoringAccess;
}
