/** Bounds that BullMQ sets. */

/** Priorities are stored in 21 bits. */
export const MAX_PRIORITY = 2 ** 21 - 1;

/** The longest delay, ms: the time of a delayed job is kept in 41 bits, and nobody means more than ten years. */
export const MAX_DELAY = 10 * 365 * 24 * 3_600_000;
