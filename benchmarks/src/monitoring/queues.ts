/** What both servers show. */
export const QUEUES = ['data-sync', 'insights', 'webhooks', 'reports', 'email', 'alerts'] as const;

export interface ServerOptions {
  readonly side: 'jobs' | 'bull-board';
  readonly redisUrl: string;
}
