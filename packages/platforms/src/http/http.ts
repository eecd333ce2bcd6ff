/** The one HTTP client of all platforms: `fetch` with bounds. It retries nothing; that is the job's. */

/** A request to a platform. */
export interface PlatformRequest {
  /**
   * The id of the platform that asks. A base URL that the host has set for it may be private, and only to its requests:
   * an address that one platform is trusted with is none that a user may type as another's.
   */
  readonly platform?: string;
  readonly method?: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is where it is a string or URLSearchParams. */
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/** An answer, read to its end. */
export interface PlatformResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The body, as UTF-8. */
  readonly text: string;
}

/** How platforms reach the network. Injected, so that tests and sandboxes can stand in its place. */
export interface PlatformHttp {
  /**
   * Sends a request, and reads the answer, whatever its status.
   *
   * @throws {PlatformAddressError} when the address is not allowed: loopback, link-local and private ranges, unless the
   *   host allows them, or it is the base URL of the platform that asks
   * @throws {PlatformResponseError} when there is no answer, or one that is too large or takes too long
   */
  send(request: PlatformRequest): Promise<PlatformResponse>;
  /** Where a platform's API is: the sandbox's in tests. Default: the platform's own address. */
  baseUrl?(platform: string, standard: URL): URL;
}
