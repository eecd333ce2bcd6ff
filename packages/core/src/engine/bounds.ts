/** Bounds that BullMQ sets. */

/** Priorities are stored in 21 bits. */
export const MAX_PRIORITY = 2 ** 21 - 1;
