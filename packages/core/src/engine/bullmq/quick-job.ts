/** A job whose end costs less. */
import { type IQueueBackend, Job, type JobProgress } from 'bullmq';

/** What a store answers to the end of a job: when that was, and the next job where one was asked for. */
type EndedJob = Awaited<ReturnType<IQueueBackend['moveToCompleted']>>;

/** A job whose end BullMQ wraps in no more promises than it needs. */
export class QuickJob<Data, Result, Name extends string, Progress extends JobProgress> extends Job<
  Data,
  Result,
  Name,
  Progress
> {
  override async moveToCompleted(value: Result, token: string, fetchNext = true) {
    if (this.queue.opts.telemetry) return await super.moveToCompleted(value, token, fetchNext);
    return this.ended(await this.complete(value, token, fetchNext));
  }

  /** Writes its end. `ended` is to be given the answer. */
  complete(value: Result, token: string, fetchNext: boolean): Promise<EndedJob> {
    this.returnvalue = value;
    const remove = this.opts.removeOnComplete ?? this.queue.opts.removeOnComplete ?? false;
    return this.backend.moveToCompleted(this, value, remove, token, fetchNext);
  }

  ended({ result, finishedOn }: EndedJob): EndedJob['result'] {
    this.finishedOn = finishedOn;
    this.attemptsMade += 1;
    return result;
  }
}
