/** A queue of BullMQ that is opened by the first operation, and operations that outlive a short loss of the connection. */

import { type IQueueBackend, Queue, type Telemetry } from 'bullmq';
import { defined } from '../../defined.js';
import { toQueueError, wasLost } from '../connection-error.js';
import { sentAgain } from '../sent-again.js';
import type { BullBackend, BullConnection } from './backend.js';

export type BullMqQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend>;

export interface BullClientOptions {
  readonly name: string;
  readonly address: string;
  readonly prefix: string;
  readonly telemetry: Telemetry | undefined;
  /** Resolves when the store can be used; rejects soon (after `limit` ms) when it can't. Asked before the first operation. */
  readonly ready: (limit?: number) => Promise<void>;
  /** Whether the store can be used now, where that can be told without asking it. Else `ready` is asked. */
  readonly isReady?: () => boolean;
  /**
   * Of a store whose connection comes back by itself: an operation that lost it is sent again for so many ms, as is one
   * that was refused for a reason that may have passed.
   */
  readonly reconnectLimit?: number;
  /** For operations, whose callers wait. */
  readonly connection: () => BullConnection;
  readonly backend: BullBackend;
  readonly onError: (error: Error) => void;
}

export class BullClient {
  readonly #options: BullClientOptions;
  #queue: BullMqQueue | undefined;
  #opening: Promise<BullMqQueue> | undefined;

  constructor(options: BullClientOptions) {
    this.#options = options;
  }

  async run<T>(operation: (queue: BullMqQueue) => Promise<T>): Promise<T> {
    return this.send(this.usable() ?? (await this.open()), operation);
  }

  /** {@link run} for those who have the queue already: on the path of every job that is added. */
  async send<T>(queue: BullMqQueue, operation: (queue: BullMqQueue) => Promise<T>): Promise<T> {
    try {
      return await operation(queue);
    } catch (error) {
      return this.#again(error, operation).catch((problem) => {
        throw toQueueError(problem, this.#options.address, this.#options.name);
      });
    }
  }

  /** The queue, unless something has to be waited for first. */
  usable(): BullMqQueue | undefined {
    return this.#options.isReady?.() === false ? undefined : this.#queue;
  }

  open(): Promise<BullMqQueue> {
    this.#opening ??= this.#openQueue().finally(() => {
      // A failed opening is tried again by the next operation.
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    await this.#queue?.close();
  }

  /** Sends an operation again when its connection was lost on the way, and rejects `error` otherwise. */
  async #again<T>(error: unknown, operation: (queue: BullMqQueue) => Promise<T>): Promise<T> {
    const { reconnectLimit: limit, ready } = this.#options;
    if (limit === undefined) throw error;
    return sentAgain(error, async () => operation(this.#queue ?? (await this.open())), { ready, limit });
  }

  async #openQueue(limit?: number): Promise<BullMqQueue> {
    const { ready, reconnectLimit, onError, name, address, prefix, telemetry, backend } = this.#options;
    await ready(limit);
    if (this.#queue) return this.#queue;
    const connection = this.#options.connection();
    const queue = new Queue(name, { connection, prefix, ...defined({ telemetry }) }, backend);
    queue.on('error', onError);
    try {
      await queue.waitUntilReady();
    } catch (error) {
      queue.close().catch(onError);
      // Lost on the way, as in #again.
      if (limit === undefined && reconnectLimit !== undefined && wasLost(error)) {
        return this.#openQueue(reconnectLimit);
      }
      throw toQueueError(error, address, name);
    }
    this.#queue = queue;
    return queue;
  }
}
