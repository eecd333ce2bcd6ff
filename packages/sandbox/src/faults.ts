/** What goes wrong on purpose. */
import type { Caveat } from '@bizinsights/jobs-platforms';
import type { SandboxResponse } from './platform.js';

/** What happens to one request instead of the usual. */
export type Fault =
  | 'none'
  /** The platform says to come back later, in its own words. */
  | 'rate-limited'
  /** An error of the server, in the platform's own words. */
  | 'server-error'
  /** The token has expired, or the app is uninstalled. */
  | 'access-lost'
  /** The connection is cut before the answer. */
  | 'cut'
  /** The connection is cut in the middle of the answer. */
  | 'cut-answer'
  /** No answer, until the client goes. */
  | 'hang'
  /** Status 200 with a page of HTML, as a proxy or a maintenance mode sends it. */
  | 'not-json'
  /** The answer before once more: pages that go in a circle. */
  | 'repeat'
  /** The answer, with one record that can't be read. */
  | 'bad-record'
  /** Records are made and changed, then the answer. */
  | 'change'
  /** The answer, as a report that is less than exact; of a platform without reports, the answer. */
  | { readonly caveats: readonly Caveat[] }
  /** The answer, so many ms late. */
  | { readonly delay: number }
  /** This answer. */
  | { readonly response: SandboxResponse };
