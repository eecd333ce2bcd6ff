/** What all statements of this engine name. */

/** BullMQ's schema. Its backend takes no other one when it is handed a pool. */
export const BULLMQ_SCHEMA = 'bullmq';

/** Any number; the same in all processes. Keeps two starters from changing the schema at once. */
export const LOCK = 4_203_117;
