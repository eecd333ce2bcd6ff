/** Looks up one of the shop's things. */

/** @param items in the order of their ids, as the shop's lists are */
export function findById<Item extends { readonly id: number }>(items: readonly Item[], id: number): Item | undefined {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.id ?? id) < id) low = middle + 1;
    else high = middle;
  }
  return items[low]?.id === id ? items[low] : undefined;
}
