/** Starts of rate limits on Redis: see bullmq/starts.ts. */
import type { StartRequest } from '../bullmq/queue-store.js';
import { BRING_FREE, TAKE_START } from './scripts/index.js';

export const START_SCRIPTS = {
  bizinsightsTakeStart: { numberOfKeys: 9, lua: TAKE_START },
  bizinsightsBringFree: { numberOfKeys: 4, lua: BRING_FREE },
} as const;

const KEYS = ['wait', 'active', 'prioritized', 'delayed', 'events', 'meta', 'marker', 'stalled'] as const;

const PARKED = -1;
/** There may be more jobs to put in line, or to read. */
const MORE = 1;

/** What is put in line so soon after the last time is the rest of the same backlog. ms */
const SAME_BACKLOG = 1_000;

/** How long a job whose limit is reached may wait to ask, while others are put in line. ms */
const LONGEST_HOLD = 100;

/** Where a queue keeps its jobs and its lines, in one slot of a Cluster. */
export interface StartKeys {
  /** The beginning of the queue's keys, with its colon. */
  readonly base: string;
  /** The beginning of those of its lines and windows, with its colon. */
  readonly starts: string;
  /** That of the rounds of a fair queue. */
  readonly fair: string;
}

type Answer = number | 'parked' | 'lost';

/** A request that waits to be sent. */
interface Asked {
  readonly request: StartRequest;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks for the starts of all jobs that a worker begins in one turn of the event loop by one script: where a limit opens,
 * they begin together.
 */
export function createStarts(
  call: (name: keyof typeof START_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>,
  { base, starts, fair }: StartKeys,
): (request: StartRequest) => Promise<Answer> {
  const keys = [...KEYS.map((name) => base + name), starts];
  let waiting: Asked[] = [];
  const run = async ({ limit, concurrency }: StartRequest, requests: readonly StartRequest[]): Promise<unknown[]> => {
    const head = [base, limit.max, limit.per, Date.now(), limit.isShared ? '1' : '0', concurrency, limit.key];
    const jobs = requests.flatMap(({ attempt, token, limit: { key } }) => [attempt.id, token, attempt.started, key]);
    const answers = await call('bizinsightsTakeStart', ...keys, ...head, ...jobs);
    return Array.isArray(answers) ? answers : [];
  };
  /** Requests whose key has reached its limit, while the backlog is put in line. */
  let held: Asked[] = [];
  let heldSince = 0;
  /** Keys whose limit is reached, while the backlog is put in line. */
  let reached: Set<string> | undefined;
  const release = () => {
    const released = held;
    held = [];
    for (const asked of released) enqueue(asked);
  };
  /**
   * Jobs of free keys do not wait until the jobs before them have been put in line, which takes a second for 100,000. To
   * read them all takes a tenth of it. Answers the last job that has been read.
   */
  const bringFree = async (limit: StartRequest['limit'], last: string): Promise<string> => {
    if (limit.isShared) return last;
    const keysOfBacklog = [`${base}wait`, `${base}prioritized`, starts, fair];
    const answer = await call('bizinsightsBringFree', ...keysOfBacklog, base, limit.max, limit.per, last);
    const [more, lastRead, found] = Array.isArray(answer) ? answer : [];
    // There has to be room for those that were found.
    if (found > 0) release();
    return more === MORE ? await bringFree(limit, String(lastRead)) : String(lastRead);
  };
  let isLiningUp = false;
  let linedUpAt = Number.NEGATIVE_INFINITY;
  /** The last job of the backlog that has been read. */
  let read = '';
  /** Goes on where one script has not put all waiting jobs in line whose limit is reached. */
  const lineUp = async (request: StartRequest): Promise<void> => {
    if (isLiningUp) return;
    isLiningUp = true;
    try {
      if (performance.now() - linedUpAt > SAME_BACKLOG) read = '';
      // `ask` adds those whose jobs have been put in line.
      reached = new Set();
      do {
        read = await bringFree(request.limit, read);
        if (performance.now() - heldSince > LONGEST_HOLD) release();
      } while ((await run(request, []))[0] === MORE);
    } finally {
      isLiningUp = false;
      linedUpAt = performance.now();
      reached = undefined;
      release();
    }
  };
  const ask = async (requests: readonly StartRequest[]): Promise<Answer[]> => {
    const [first] = requests;
    if (!first) return [];
    const [more, ...answers] = await run(first, requests);
    // Where this fails, the next job that finds its limit reached goes on.
    if (more === MORE) lineUp(first).catch(() => undefined);
    return answers.map((answer, index) => {
      const key = requests[index]?.limit.key;
      if (answer === PARKED && key !== undefined) reached?.add(key);
      return toAnswer(answer);
    });
  };
  const send = () => {
    const sent = waiting;
    waiting = [];
    ask(sent.map(({ request }) => request)).then(
      (answers) => {
        for (const [index, { resolve }] of sent.entries()) resolve(answers[index] ?? 'lost');
      },
      (error: unknown) => {
        for (const { reject } of sent) reject(error);
      },
    );
  };
  const enqueue = (asked: Asked) => {
    if (waiting.length === 0) setImmediate(send);
    waiting.push(asked);
  };
  return (request) =>
    new Promise((resolve, reject) => {
      const asked = { request, resolve, reject };
      if (!reached?.has(request.limit.key)) return enqueue(asked);
      // It would be refused and give its place to the next one, which would be refused too: many scripts for nothing, while
      // Redis has a backlog to read.
      if (held.length === 0) heldSince = performance.now();
      held.push(asked);
    });
}

function toAnswer(answer: unknown): Answer {
  const wait = Number(answer);
  if (wait === PARKED) return 'parked';
  return wait >= 0 ? wait : 'lost';
}
