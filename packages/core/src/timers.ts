/** Timers and turns of the event loop: how long a timer may be, and what is done once a turn. */

/** They count in 31 bits, which is some 24 days: a longer time, also `Infinity`, would be over at once. ms */
export const MAX_TIMER = 2 ** 31 - 1;

/** A time as a timer takes it: `Infinity` becomes the longest one that there is. */
export function toTimer(ms: number): number {
  return Math.min(ms, MAX_TIMER);
}

/**
 * A function of one item that collects the items of a turn of the event loop and has `answer` answer them at once, in their
 * order. Where it rejects, each of the calls does.
 */
export function perTurn<Item, Answer>(
  answer: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer | undefined> {
  let turn: { readonly items: Item[]; readonly answers: Promise<readonly Answer[]> } | undefined;
  const begin = () => {
    const items: Item[] = [];
    // Runs when the loop has seen to all sockets that had something.
    const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      turn = undefined;
      return answer(items);
    });
    return { items, answers };
  };
  // Not async, which would take two promises more: this is on the path of every run of a schedule.
  return (item) => {
    turn ??= begin();
    const { items, answers } = turn;
    const index = items.push(item) - 1;
    return answers.then((all) => all[index]);
  };
}
