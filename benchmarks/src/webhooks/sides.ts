/** What both servers are given: the same webhooks, signed as Stripe signs them. */
export const SECRET = 'whsec_benchmark';

export interface ServerOptions {
  readonly side: 'jobs' | 'plain';
  readonly redisUrl: string;
}
