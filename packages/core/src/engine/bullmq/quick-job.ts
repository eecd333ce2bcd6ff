/** A job whose end costs less. */
import { Job, type JobProgress } from 'bullmq';

/** A job whose end BullMQ wraps in no more promises than it needs. */
export class QuickJob<Data, Result, Name extends string, Progress extends JobProgress> extends Job<
  Data,
  Result,
  Name,
  Progress
> {
  override async moveToCompleted(value: Result, token: string, fetchNext = true) {
    if (this.queue.opts.telemetry) return await super.moveToCompleted(value, token, fetchNext);
    this.returnvalue = value;
    const remove = this.opts.removeOnComplete ?? this.queue.opts.removeOnComplete ?? false;
    const ended = await this.backend.moveToCompleted(this, value, remove, token, fetchNext);
    this.finishedOn = ended.finishedOn;
    this.attemptsMade += 1;
    return ended.result;
  }
}
