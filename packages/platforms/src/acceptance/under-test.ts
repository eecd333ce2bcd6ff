/** What a platform gives the acceptance suite: an account on a server that can be made to fail. */
import type { PlatformHttp } from '../http/http.js';

/** What happens to one request of a page instead of the usual. The sandbox's faults have these names. */
export type AcceptanceFault =
  | 'none'
  /** The platform says to come back later. */
  | 'rate-limited'
  /** An error of the server. */
  | 'server-error'
  /** The credentials are not accepted any more. */
  | 'access-lost'
  /** The connection is cut before the answer. */
  | 'cut'
  /** The connection is cut in the middle of the answer. */
  | 'cut-answer'
  /** No answer, until the client goes. */
  | 'hang'
  /** Status 200 with a page of HTML. */
  | 'not-json'
  /** The answer before once more. */
  | 'repeat'
  /** The answer, with one record that can't be read. */
  | 'bad-record'
  /** Records are made and changed, then the answer. */
  | 'change';

/** A list of faults, taken from its start by the requests that come. An array is one. */
export interface FaultList {
  push(...faults: AcceptanceFault[]): unknown;
  length: number;
}

/** An account, made anew for each case. Some of its streams should have several pages. */
export interface PlatformUnderTest<Credentials> {
  readonly credentials: Credentials;
  readonly http: PlatformHttp;
  /** The server's clock, epoch ms. */
  now(): number;
  /** What happens to the next requests for a page. */
  readonly faults: FaultList;
  /** Makes and changes some records of each stream that can change: of a report, rows of past days, too. */
  change(): void;
  /** Deletes a record of each stream that can lose one, best from where a read begins. Absent: nothing is ever deleted. */
  remove?(): void;
  /** Moves the clock on, ms. */
  advance(ms: number): void;
  /** The ids that a full read of a stream has to bring, as things stand. */
  ids(stream: string): readonly string[];
  close(): Promise<void>;
}

/** One case of the suite, for any test runner. It rejects with an `AssertionError` that says what is wrong. */
export interface AcceptanceCase {
  readonly name: string;
  run(): Promise<void>;
}
