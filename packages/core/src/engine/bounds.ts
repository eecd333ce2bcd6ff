/** Bounds that BullMQ sets. */

/** Priorities are stored in 21 bits. */
export const MAX_PRIORITY = 2 ** 21 - 1;

/** The longest delay, ms: ten years. BullMQ keeps the time of a delayed job in 41 bits. */
export const MAX_DELAY = 10 * 365 * 24 * 3_600_000;
