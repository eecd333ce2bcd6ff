/** What all tables are made of. */
import { bigint, pgSchema } from 'drizzle-orm/pg-core';

/** Beside the host's own tables, and in nobody's way. */
export const schema = pgSchema('bizinsights');

/** A moment or an amount of money. */
export const whole = (name: string) => bigint(name, { mode: 'number' });
