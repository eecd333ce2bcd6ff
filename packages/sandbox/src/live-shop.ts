/** The shop with its clock, which stands still or goes with real time, and the log that makes the same shop again. */
import { openShop } from './shop/open-shop.js';
import type { Shop, ShopHappening, ShopIncident } from './shop/shop.js';

/** What somebody has done to the shop, besides letting time go by. */
export const ACTIONS = ['change', 'edit', 'remove'] as const;
export type Action = (typeof ACTIONS)[number];

export interface LoggedAction {
  /** Epoch ms. */
  readonly at: number;
  readonly what: Action;
}

/** All that a shop is made of. */
export interface ShopRecipe {
  readonly seed: number;
  readonly ordersPerDay: number;
  readonly incidents: boolean;
  /** Midnight of its first day, epoch ms. */
  readonly openedAt: number;
}

export interface LiveShopOptions extends ShopRecipe {
  /** Where it stands already: nothing is told of what lies before. Epoch ms. */
  readonly now: number;
  readonly log: readonly LoggedAction[];
  /** Real time in whole seconds, epoch ms. Absent: its clock stands still until somebody moves it on. */
  readonly clock?: (() => number) | undefined;
  /** @param at the time that the shop is moved to, epoch ms */
  readonly tell: (happening: ShopHappening, at: number) => void;
}

export interface LiveShop {
  readonly shop: Shop;
  /** In order. */
  readonly log: readonly LoggedAction[];
  /** Moves on to real time first, where the clock goes by it. */
  now(): number;
  advance(ms: number): void;
  act(what: Action): void;
}

const SECOND = 1_000;

/** Happenings of longer ago are not told when it catches up with real time, as after a laptop's sleep. ms */
const TOLD = 10 * 60_000;

export function createLiveShop(options: LiveShopOptions): LiveShop {
  const { seed, ordersPerDay, incidents, openedAt, now: start, clock, tell } = options;
  /** Where it is moved to. While it is made again, everything has been told before. */
  let target = Number.POSITIVE_INFINITY;
  const running = openShop({
    ...{ seed, ordersPerDay, days: 0, now: openedAt, isWanted: (_incident: ShopIncident) => incidents },
    tell(happening) {
      const isOld = clock !== undefined && happening.at < target - TOLD;
      if (target !== Number.POSITIVE_INFINITY && !isOld) tell(happening, target);
    },
  });
  for (const { at, what } of options.log) running[what](at);
  running.advance(Math.max(0, start - running.now()));
  target = running.now();

  const log = [...options.log];
  let isMoving = false;

  /** What it tells of may ask what time it is: that moves nothing. */
  function move(until: number, go: () => void): void {
    target = until;
    isMoving = true;
    try {
      go();
    } finally {
      isMoving = false;
    }
  }

  function catchUp(): void {
    const real = clock?.();
    if (real === undefined || isMoving || real <= running.now()) return;
    move(real, () => running.advance(real - running.now()));
  }

  return {
    shop: running.shop,
    log,
    now() {
      catchUp();
      return isMoving ? target : running.now();
    },
    advance(ms) {
      if (clock) throw new TypeError("The sandbox's clock is the real one: it moves on by itself");
      move(running.now() + ms, () => running.advance(ms));
    },
    act(what) {
      catchUp();
      // A second in which nothing else has happened: it would not show in `updatedAt`.
      const isFree = clock !== undefined && running.touchedAt() < running.now();
      const at = running.now() + (isFree ? 0 : SECOND);
      move(at, () => running[what](at));
      log.push({ at, what });
    },
  };
}
