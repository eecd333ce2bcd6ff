/** What numbers a detector computes with: beyond, sums and powers of them would not be finite. */
import { z } from 'zod';

/** Of a value that is pushed, in both directions. */
export const LARGEST = 1e150;

/** A number of the state that is made of values. */
export const amount = z.number().gte(-1e200).lte(1e200);

/** Such a number without a direction. */
export const extent = amount.nonnegative();
