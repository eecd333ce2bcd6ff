/** A sliding window of starts: the rule of `TAKE_SLOT` in engine/redis/scripts/state.ts. */

interface Place {
  /** When it was taken or, for a kept one, when it may be. ms */
  readonly at: number;
  /** Who keeps it; undefined for a start that has been made. */
  readonly keeper: string | undefined;
}

export class RateWindow {
  #places: Place[] = [];

  /** 0 when `member` may start now, else after how many ms to ask again; its place is kept. */
  take(now: number, member: string, max: number, per: number): number {
    this.#places = this.#places.filter(({ at }) => at > now - per);
    const others = this.#places.filter(({ keeper }) => keeper !== member);
    const kept = others.length < this.#places.length;
    this.#places = others;
    // Who comes for its place is held up only by starts and by places that were due before now.
    const count = kept ? others.filter(({ at }) => at <= now).length : others.length;
    if (count >= max) {
      const due = (others[count - max]?.at ?? now) + per;
      if (due > now) {
        this.#add({ at: due, keeper: member });
        return Math.ceil(due - now);
      }
    }
    this.#add({ at: now, keeper: undefined });
    return 0;
  }

  /** Kept in the order of time. */
  #add(place: Place): void {
    const index = this.#places.findIndex(({ at }) => at > place.at);
    this.#places.splice(index === -1 ? this.#places.length : index, 0, place);
  }
}
