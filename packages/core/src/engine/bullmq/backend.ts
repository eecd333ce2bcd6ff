/** What BullMQ's classes are made with, over the kinds of store. */
import type { BackendFactory, IQueueBackend, PgPool } from 'bullmq';
import type { RedisClient } from '../redis/connection/connection.js';

/** What a backend is given as `connection`: an ioredis client or a pool. */
export type BullConnection = RedisClient | PgPool;

/** BullMQ's backend for one kind of store. Its connection type is its own, and only the engine that names both knows it. */
// biome-ignore lint/suspicious/noExplicitAny: the factory is contravariant in its connection.
export type BullBackend = BackendFactory<IQueueBackend, any>;
