/** The lines of the ledger, which each process writes into a file of its own, outside the system that it is about. */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What a line may say. */
export type Entry = { readonly at: number; readonly process: string } & (
  | { readonly kind: 'ready' }
  /** `add` has answered: the job must be done. */
  | { readonly kind: 'acknowledged'; readonly ref: string; readonly id: string }
  /** What a caller saw instead of an answer. `isOurs`: a `JobsError`, as each error that a caller sees has to be. */
  | {
      readonly kind: 'refused';
      readonly call: string;
      readonly code: string;
      readonly isOurs: boolean;
      readonly message: string;
    }
  | { readonly kind: 'started'; readonly ref: string; readonly attempt: number }
  /** The effect of a step was carried out. */
  | { readonly kind: 'effect'; readonly ref: string; readonly effect: string }
  /** `step` has answered: its effect must never be carried out again. */
  | { readonly kind: 'kept'; readonly ref: string; readonly effect: string }
  | { readonly kind: 'done'; readonly ref: string }
  | { readonly kind: 'fault'; readonly isOver: boolean }
  /** A process was killed, and is gone. */
  | { readonly kind: 'killed'; readonly victim: string }
);

/** What differs from kind to kind. */
type Content<E = Entry> = E extends Entry ? Omit<E, 'at' | 'process'> : never;

/** ms on the one clock of all processes of this machine that nobody can set. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** Opens the file of a process. A line that has been written outlives the process, however that ends. */
export function openEntries(folder: string, process: string): (entry: Content) => void {
  const file = openSync(join(folder, `${process}.ledger`), 'a');
  return (entry) => {
    writeSync(file, `${JSON.stringify({ at: monotonicNow(), process, ...entry })}\n`);
  };
}
