/**
 * Every change that came through the API: who, what, which, when, and how it ended. What was done and what failed are kept
 * apart: whoever may ask for a change can make any number of failures, and none of them takes the place of what was done.
 */

import { z } from 'zod';
import { Journal, type JournalPage } from '../coordination/journal.js';
import { defined } from '../defined.js';
import type { StateStore } from '../engine/contract.js';
import { FloodGate } from './flood-gate.js';
import { ROLES } from './roles.js';
import { shownText, shownValue } from './shown-text.js';

/** Entries kept of what was done, and of what failed; older ones go. */
export const KEEP = { done: 10_000, failed: 1_000 } as const;

const KEYS = { done: 'audit', failed: 'audit-failed' } as const;

/** Failures of one actor that each process writes; the rest is counted. */
const FAILURES = { max: 10, per: 60_000 } as const;

/** Bytes of each field. */
const MAX = { actor: 512, action: 100, queue: 256, target: 1_024, detail: 2_048 } as const;

export const OUTCOMES = ['done', 'failed'] as const;

/** Times are epoch ms. */
export const auditEntry = z.object({
  at: z.number(),
  actor: z.string(),
  role: z.enum(ROLES),
  action: z.string(),
  queue: z.string().optional(),
  target: z.string().optional().describe('Ids of jobs, or the key of a schedule. A long text is cut off, with `…`.'),
  outcome: z.enum(OUTCOMES),
  detail: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('What was answered, or the message of the error. What is too long for an entry is cut off.'),
  leftOut: z
    .int()
    .optional()
    .describe('Of a failure: so many further ones of the actor, before this one, were counted and not written.'),
});

export type AuditEntry = z.output<typeof auditEntry>;

/** Where a router writes down what was changed through it. */
export interface AuditSink {
  /** Resolves when the entry is kept. What it rejects with is logged, with the entry; the change is answered as usual. */
  append(entry: AuditEntry): Promise<void>;
}

export class AuditLog implements AuditSink {
  readonly #logs: Readonly<Record<AuditEntry['outcome'], Journal<typeof auditEntry>>>;
  readonly #failures: FloodGate;

  /** @param now epoch ms */
  constructor({ state, now }: { readonly state: StateStore; readonly now: () => number }) {
    const open = (outcome: AuditEntry['outcome']) =>
      new Journal(state, KEYS[outcome], { schema: auditEntry, keep: KEEP[outcome], unreadable: 'skip' });
    this.#logs = { done: open('done'), failed: open('failed') };
    this.#failures = new FloodGate(FAILURES, now);
  }

  /** Resolves when it is kept, or counted. */
  async append(entry: AuditEntry): Promise<void> {
    const { outcome, actor } = entry;
    if (outcome === 'done') return this.#logs.done.append(toKept(entry));
    const leftOut = this.#failures.pass(actor);
    if (leftOut === undefined) return;
    await this.#logs.failed.append(toKept({ ...entry, ...(leftOut > 0 ? { leftOut } : {}) }));
  }

  /** @throws {ArgumentError} for a cursor that did not come from here */
  async page({
    outcome,
    ...query
  }: {
    outcome: AuditEntry['outcome'];
    cursor?: string | undefined;
    limit: number;
  }): Promise<JournalPage<AuditEntry>> {
    // Older releases wrote failures among what was done, and entries of any size.
    const page = await this.#logs[outcome].page({ ...query, filter: (entry) => entry.outcome === outcome });
    return { ...page, entries: page.entries.map(toKept) };
  }
}

/** An entry with every field escaped and bounded. */
export function toKept({ at, actor, role, action, queue, target, outcome, detail, leftOut }: AuditEntry): AuditEntry {
  return {
    at,
    actor: shownText(actor, MAX.actor),
    role,
    action: shownText(action, MAX.action),
    ...(queue === undefined ? {} : { queue: shownText(queue, MAX.queue) }),
    ...(target === undefined ? {} : { target: shownText(target, MAX.target) }),
    outcome,
    ...(detail === undefined ? {} : { detail: shownDetail(detail) }),
    ...defined({ leftOut }),
  };
}

function shownDetail(detail: Record<string, unknown>): Record<string, unknown> {
  const shown = Object.entries(detail).map(([key, item]) => [shownText(key, MAX.action), shownValue(item)]);
  const text = JSON.stringify(Object.fromEntries(shown.slice(0, MAX_FIELDS)));
  if (Buffer.byteLength(text) > MAX.detail) return { cut: shownText(text, MAX.detail / 2) };
  return JSON.parse(text);
}

/** Of what was answered. */
const MAX_FIELDS = 50;
