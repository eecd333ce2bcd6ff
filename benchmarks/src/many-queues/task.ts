/** What a process of this subject is asked to do, and what it answers. */
export interface QueuesTask {
  readonly side: 'jobs' | 'plain';
  readonly redisUrl: string;
  readonly queues: number;
  /** Jobs that are added while streams of events are open. */
  readonly jobs: number;
}

export interface QueuesAnswer {
  /** ms */
  readonly start: number;
  readonly stop: number;
  readonly connections: number;
  readonly events?: EventCosts;
}

export interface EventCosts {
  /** Bytes of the largest one. */
  readonly bytes: number;
  /** Processor time of an added job, ms: with the streams, and without. */
  readonly cpu: number;
  readonly cpuAlone: number;
}
