/** Options by their names: one that is mistyped would be ignored, so it is refused, with the one that was meant. */

/** An option that there is not. */
export interface UnknownOption {
  readonly name: string;
  /** What was meant, to be shown behind the name: `: did you mean "attempts"? Known are …`. */
  readonly hint: string;
}

/** What is wrong with what was given as an object of options, which says nothing of them; undefined where it is one. */
export function optionsProblem(given: unknown): string | undefined {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return undefined;
  const shown = given === null ? 'null' : Array.isArray(given) ? 'a list' : `of type ${typeof given}`;
  return `must be an object, not ${shown}`;
}

/** The options that have no meaning. What is no object has none. */
export function unknownOptions(given: unknown, known: readonly string[]): UnknownOption[] {
  if (typeof given !== 'object' || given === null) return [];
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => ({ name, hint: hintFor(name, known) }));
}

/** See {@link UnknownOption}. */
export function hintFor(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const list = [...known].sort().join(', ');
  return nearest === undefined ? `; known are ${list}` : `: did you mean "${nearest}"? Known are ${list}`;
}

/** The known name that one has most likely meant; undefined where none is near. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((other) => ({ other, distance: distanceOf(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, distance }) => distance <= Math.max(2, Math.floor(other.length / 3)) && distance < other.length)
    .sort((a, b) => a.distance - b.distance);
  return nearest?.other;
}

/** How many letters have to be added, left out, changed or exchanged with their neighbour ("optimal string alignment"). */
function distanceOf(from: string, to: string): number {
  // rows[i][j] is the distance of the first i letters of `from` from the first j of `to`.
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= from.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isExchanged = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isExchanged ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(from.length, to.length);
}
