/** What the subject `platform-limit` and its process say to each other. */

export interface LimitTask {
  readonly platform: 'stripe' | 'woocommerce';
  /** Of the sandbox, for `createPlatformHttp`. */
  readonly baseUrls: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, unknown>>;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Whether the platform's budget is kept to. */
  readonly isLimited: boolean;
}

export interface LimitAnswer {
  /** From the job's adding to its end. */
  readonly ms: number;
  readonly records: number;
}
