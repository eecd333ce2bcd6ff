/** Starts of rate limits on PostgreSQL and the embedded store: see bullmq/starts.ts. */
import type { StartRequest } from '../bullmq/queue-store.js';
import type { RunSql } from './state.js';

const PARKED = -1;

/** Starts that one statement takes: 1 to 1.5 ms each, for which others of the queue wait. */
const AT_ONCE = 10;

type Answer = number | 'parked' | 'lost';

/** A request that waits to be sent. */
interface Asked {
  readonly request: StartRequest;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks for the starts of one queue by one statement at a time: a second one would wait for the lock of the first, on a
 * connection of its own. Those who ask meanwhile go together.
 */
export function createStarts(run: RunSql, queue: string, atOnce = AT_ONCE): (request: StartRequest) => Promise<Answer> {
  let waiting: Asked[] = [];
  let isSending = false;
  const ask = async (requests: readonly StartRequest[]): Promise<(number | null)[]> => {
    const [first] = requests;
    if (!first) return [];
    const { limit, concurrency } = first;
    const [row] = await run<{ waits: (number | null)[] }>(
      'SELECT bizinsights_jobs.take_starts($1, $2, $3, $4, $5, $6, $7, $8) AS waits',
      [
        queue,
        requests.map(({ attempt }) => attempt.id),
        requests.map(({ token }) => token),
        requests.map(({ attempt }) => attempt.started),
        requests.map(({ limit: { key } }) => key),
        limit.max,
        limit.per,
        concurrency,
      ],
    );
    return row?.waits ?? [];
  };
  const send = async (): Promise<void> => {
    isSending = true;
    while (waiting.length > 0) {
      const sent = waiting.slice(0, atOnce);
      waiting = waiting.slice(atOnce);
      try {
        const waits = await ask(sent.map(({ request }) => request));
        // The first one is waited for.
        const locked = sent.filter((_, index) => waits[index] === null);
        waiting = [...locked, ...waiting];
        for (const [index, { resolve }] of sent.entries()) {
          const wait = waits[index];
          if (wait !== null) resolve(toAnswer(wait));
        }
      } catch (error) {
        for (const { reject } of sent) reject(error);
      }
    }
    isSending = false;
  };
  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      if (!isSending) void send();
    });
}

function toAnswer(wait: number | undefined): Answer {
  if (wait === PARKED) return 'parked';
  return wait !== undefined && wait >= 0 ? wait : 'lost';
}
