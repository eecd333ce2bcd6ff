/** Sends webhooks to one address: some at a time, each again for a while where the receiver does not take it. */
import type { SandboxWebhook } from '../platform.js';

/** Waits before the second attempt and those after it, ms: a receiver that starts within a minute and a half gets all. */
const WAITS = [1_000, 3_000, 10_000, 30_000, 60_000] as const;

/** For an answer, ms. */
const PATIENCE = 10_000;

const AT_A_TIME = 8;

/** Beyond it, webhooks are given up: the receiver is gone for long. */
const MAX_PENDING = 1_000;

export interface CourierOptions {
  readonly waits?: readonly number[];
  readonly maxPending?: number;
}

interface Letter {
  readonly webhook: SandboxWebhook;
  readonly attempt: number;
}

export interface Courier {
  /** Never throws: what is given up is counted. */
  send(webhook: SandboxWebhook): void;
  counts(): { readonly delivered: number; readonly failed: number; readonly pending: number };
  /** Stops at once, and gives up what is pending. */
  close(): Promise<void>;
}

export function createCourier(to: string, { waits = WAITS, maxPending = MAX_PENDING }: CourierOptions = {}): Courier {
  const closing = new AbortController();
  const line: Letter[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const working = new Set<Promise<void>>();
  let [delivered, failed, busy] = [0, 0, 0];
  const pending = () => line.length + busy + timers.size;

  function queue(letter: Letter): void {
    line.push(letter);
    if (working.size >= AT_A_TIME) return;
    const worker = work().finally(() => working.delete(worker));
    working.add(worker);
  }

  async function work(): Promise<void> {
    for (let letter = line.shift(); letter && !closing.signal.aborted; letter = line.shift()) {
      busy++;
      const isTaken = await post(letter.webhook);
      busy--;
      if (isTaken) delivered++;
      else again(letter);
    }
  }

  /** Whether it was taken. Why not makes no difference. */
  async function post({ headers, body }: SandboxWebhook): Promise<boolean> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(PATIENCE)]);
    try {
      const response = await fetch(to, { method: 'POST', headers, body, redirect: 'manual', signal });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  function again({ webhook, attempt }: Letter): void {
    const wait = waits[attempt];
    if (wait === undefined || closing.signal.aborted) {
      failed++;
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      queue({ webhook, attempt: attempt + 1 });
    }, wait);
    timers.add(timer.unref());
  }

  return {
    send(webhook) {
      if (closing.signal.aborted || pending() >= maxPending) failed++;
      else queue({ webhook, attempt: 0 });
    },
    counts: () => ({ delivered, failed, pending: pending() }),
    async close() {
      closing.abort();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      await Promise.all(working);
    },
  };
}
