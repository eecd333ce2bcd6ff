'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { openEvents } from '@/lib/monitoring-client';

const KINDS = ['added', 'waiting', 'active', 'progress', 'completed', 'failed', 'delayed', 'removed', 'missed', 'stalled'];

/** Events come in bursts, and one look answers all of a burst. ms */
const QUIET = 400;

/** Also without an event, as pausing a queue sends none. ms */
const LOOK_AGAIN = 10_000;

/**
 * Calls `load` at once, whenever something happens in the queues, and every ten seconds. What it answers stays shown while the
 * next answer is awaited; a look that fails is told, and the next one is made all the same.
 */
export function useMonitoring<Value>(load: (signal: AbortSignal) => Promise<Value>): {
  readonly value: Value | undefined;
  readonly error: string | undefined;
  readonly reload: () => void;
} {
  const [value, setValue] = useState<Value>();
  const [error, setError] = useState<string>();
  const look = useRef<() => void>(() => {});
  useEffect(() => {
    const stopped = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isLooking = false;
    let isStale = false;
    const run = async () => {
      if (isLooking) {
        isStale = true;
        return;
      }
      isLooking = true;
      try {
        const loaded = await load(stopped.signal);
        if (stopped.signal.aborted) return;
        setValue(loaded);
        setError(undefined);
      } catch (thrown) {
        if (stopped.signal.aborted) return;
        setError(thrown instanceof Error ? thrown.message : String(thrown));
      } finally {
        isLooking = false;
        if (isStale) {
          isStale = false;
          soon();
        }
      }
    };
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void run();
      }, QUIET);
    };
    look.current = soon;
    void run();
    const events = openEvents();
    for (const kind of KINDS) events.addEventListener(kind, soon);
    const again = setInterval(soon, LOOK_AGAIN);
    return () => {
      stopped.abort();
      clearTimeout(timer);
      clearInterval(again);
      events.close();
    };
  }, [load]);
  return { value, error, reload: useCallback(() => look.current(), []) };
}
