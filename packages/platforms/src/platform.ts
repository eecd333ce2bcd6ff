/**
 * A platform: how to read its streams, and how to verify its webhooks. One file tree a platform implements this and
 * nothing else; `platformAcceptance` of `./acceptance` checks any of them, also one of a third party.
 */
import type { z } from 'zod';
import type { PlatformHttp } from './http/http.js';
import type { Mode } from './mode.js';
import type { DeletedRecord, PlatformRecord, RecordKind, RejectedRecord } from './records/record.js';
import type { WebhookScheme } from './webhooks/webhook.js';

/** Anything that JSON carries; what a cursor is made of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What to read of a stream. */
export interface ReadOptions {
  /**
   * `full` reads everything; `incremental` what is new or changed since the last read that ended. The same for all pages of
   * one read, as is `since`.
   */
  readonly mode: 'full' | 'incremental';
  /**
   * Where to go on. Within a read: the `cursor` of its last page that was stored. At the start of an incremental read: the
   * one that the last read ended with. Undefined: from the start, where every full read begins.
   */
  readonly cursor: Json | undefined;
  /** Nothing that was last changed before this. Epoch ms. Absent: no such limit. */
  readonly since?: number;
  readonly signal: AbortSignal;
  /** Epoch ms. */
  readonly now: () => number;
}

/** One page of a stream. When its records and its cursor are stored (in one transaction), the next one is asked for. */
export interface Page {
  readonly records: readonly PlatformRecord[];
  readonly rejected: readonly RejectedRecord[];
  readonly deleted: readonly DeletedRecord[];
  /**
   * Where the read is. Its mode, its `since` and which read it follows are the caller's to keep. Within a read it points
   * behind this page, so that a crash repeats no page but the one that was not stored. On the last page it says how far the
   * read has seen: there the next `incremental` read starts, with an overlap of some minutes, as platforms index late.
   */
  readonly cursor: Json;
  readonly isLast: boolean;
  /** How many records the whole read has, where the platform says so. */
  readonly total?: number;
  /** On the last page of a read that has not looked at all that the account has: how far back it has. Absent: everything. */
  readonly reach?: Reach;
  /**
   * On the last page of rows by day: from this day on, the platform may still restate them, and they come again with the
   * next read. The account's own calendar day. Absent: nothing is restated.
   */
  readonly provisionalFrom?: string;
  /** Why the figures of this page are less than exact, where the platform says so. Absent: they are exact. */
  readonly caveats?: readonly Caveat[];
}

/** How far back a read has looked. What lies before it may be there, and was not listed. One of the two is set. */
export interface Reach {
  /** A moment, epoch ms: of what happens at a time. */
  readonly from?: number;
  /** The account's own calendar day: of rows by day. */
  readonly fromDay?: string;
}

/**
 * What makes a report less than exact: it was counted from a sample of the events; rows of few users were left out
 * (thresholding); rows were added up in a row `(other)`.
 */
export type Caveat = 'sampled' | 'thresholded' | 'other-row';

/** One kind of record of a platform. */
export interface Stream {
  readonly name: string;
  readonly kind: RecordKind;
  /**
   * Reads page by page from `cursor`. A read that is begun again with the cursor of any page gives what is behind it.
   *
   * @throws {RateLimitError} when the platform says to come back later
   * @throws {AccessLostError} when the credentials are not accepted any more
   * @throws {PlatformResponseError} for an answer that can't be understood, and for pages that go in a circle
   */
  read(options: ReadOptions): AsyncIterable<Page>;
}

/** One account on a platform, ready to be read. */
export interface PlatformConnection {
  /** What the platform counts its limits by: a shop's domain, an account's id. Holds no secret. */
  readonly account: string;
  readonly streams: readonly Stream[];
  /**
   * What the credentials may read, in the platform's own words. With fewer scopes than before, a full read may no longer
   * list what is there. Undefined: the platform does not say it to these credentials. Absent: it never does.
   */
  scopes?(options: Asking): Promise<readonly string[] | undefined>;
}

/** What a request to a platform needs besides what it asks. */
export type Asking = Pick<ReadOptions, 'signal' | 'now'>;

/** How many requests a platform takes from one account: shared by all workers through the jobs' store. */
export interface RequestBudget {
  readonly requests: number;
  /** ms */
  readonly per: number;
}

/** A platform. `Credentials` is what connects one account: read by `credentials`, kept encrypted by the host. */
export interface Platform<Credentials = unknown> {
  /** Stable; stands in integrations and URLs: `shopify`. */
  readonly id: string;
  /** For people: `Shopify`. */
  readonly name: string;
  readonly credentials: z.ZodType<Credentials>;
  /** Time between two syncs of one account, ms. */
  readonly rhythm: number;
  readonly budget: RequestBudget;
  /** The names of the streams, known before anything is connected. */
  readonly streams: readonly string[];
  /**
   * @throws {PlatformAddressError} when the credentials name an address that is not of the platform's own form
   */
  connect(credentials: Credentials, http: PlatformHttp): PlatformConnection;
  /**
   * The platform's own name of the account that the credentials are of, read from the platform: a shop's domain, an
   * account's id. The same for each credentials of one account, also where `connect` has to do with another name.
   *
   * @throws {AccessLostError} when the credentials are not accepted
   * @throws {PlatformResponseError} for an answer that can't be understood
   */
  identify?(credentials: Credentials, http: PlatformHttp, options: Asking): Promise<string>;
  /** Which mode the credentials are of; undefined where they do not say it. Absent: the platform has one mode only. */
  modeOf?(credentials: Credentials): Mode | undefined;
  /** Absent where the platform sends none. */
  readonly webhook?: WebhookScheme;
}

// biome-ignore lint/suspicious/noExplicitAny: a platform is contravariant in its credentials, so only `any` accepts them all.
export type AnyPlatform = Platform<any>;
