/**
 * What is told of integrations, by whichever plugin finds it out: a sync or a webhook. In `jobs.events` of the process that
 * has found it, with the queue and the id of the job.
 */

/** Of `integration:access-lost`. */
export interface IntegrationAccessLost {
  readonly integrationId: string;
  readonly platform: string;
  readonly organizationId?: string;
  /** For people. Holds no secret. */
  readonly reason: string;
}

/** Of `integration:kept-back`. */
export interface IntegrationKeptBack {
  readonly integrationId: string;
  readonly platform: string;
  readonly organizationId?: string;
  /** The stream's name: `orders`. */
  readonly stream: string;
  /** A word, such as `too-many` or `fewer-scopes`. */
  readonly reason: string;
  /** How many records were not met. */
  readonly missing: number;
  /** Of how many that the read could have met. */
  readonly of: number;
}

declare module '@bizinsights/jobs-core' {
  interface PluginEvents {
    /** The platform does not accept the credentials any more: a person has to connect the account again. */
    'integration:access-lost': IntegrationAccessLost;
    /**
     * A full sync has not met some records of a stream, and has not marked them as gone, as they may be there all the
     * same: a person has to look.
     */
    'integration:kept-back': IntegrationKeptBack;
  }
}
