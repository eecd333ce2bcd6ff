/** Work in pieces: between two of them whoever runs it may let others have a turn. */

/** Pure work that stops after each piece of some milliseconds, and returns what it is for. */
export type Pieces<Result> = Generator<undefined, Result>;

/** All pieces without a turn between them. */
export function atOnce<Result>(pieces: Pieces<Result>): Result {
  let next = pieces.next();
  while (!next.done) next = pieces.next();
  return next.value;
}
