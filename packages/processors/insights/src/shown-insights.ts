/** What an organization's people see and do: `store.insights` has it, and routes and digests take it. */
import type { InsightEvidence, InsightImpact, InsightKind, InsightStatus } from './evidence.js';
import type { InsightMute } from './ports.js';
import type { InsightPeriod } from './queue.js';

/** An insight as it is shown. */
export interface ShownInsight {
  readonly id: string;
  readonly kind: InsightKind;
  /** Its name in `store.metrics`: `revenue`. */
  readonly metric: string;
  readonly impact: InsightImpact;
  readonly status: InsightStatus;
  readonly topic: string;
  /** From 0 to 1. */
  readonly importance: number;
  readonly title: string;
  readonly text: string;
  readonly evidence: InsightEvidence;
  readonly period: InsightPeriod;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Of the person that was asked for. */
  readonly vote?: 'up' | 'down';
}

/** Which insights to list. */
export interface ShownInsightQuery {
  readonly limit?: number;
  readonly cursor?: string;
  readonly kind?: InsightKind;
  readonly metric?: string;
  readonly impact?: InsightImpact;
  /** Made then or later, epoch ms. */
  readonly since?: number;
  /** Whose thumbs are shown. */
  readonly person?: string;
}

/** A mute, and who has made it. */
export interface ShownMute extends InsightMute {
  readonly mutedBy: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** Where insights are read. */
export interface InsightReading {
  /** Those of the newest run first, and of one run the most important first. */
  list(
    organizationId: string,
    query: ShownInsightQuery,
  ): Promise<{ readonly insights: readonly ShownInsight[]; readonly cursor?: string }>;
}

/** Where insights are read, muted and voted for: `store.insights`. */
export interface InsightShelf extends InsightReading {
  /** Undefined where the organization has none of this id. */
  get(organizationId: string, id: string, reader: { readonly person?: string }): Promise<ShownInsight | undefined>;
  /** @throws {NotFoundError} where the organization has no such insight */
  vote(
    organizationId: string,
    id: string,
    given: { readonly by: string; readonly vote: 'up' | 'down' | undefined },
  ): Promise<void>;
  mutes(organizationId: string): Promise<readonly ShownMute[]>;
  /** @throws {NotFoundError} for an organization that there is not */
  mute(organizationId: string, mute: InsightMute & { readonly by: string }): Promise<void>;
  unmute(organizationId: string, mute: InsightMute): Promise<void>;
}
