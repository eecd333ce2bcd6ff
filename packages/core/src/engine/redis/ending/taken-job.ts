/** Jobs as their ends take the next ones: what BullMQ's backend makes of their fields, in less time. */
import { Job, type JobJson, type JobsOptions } from 'bullmq';

/** As BullMQ's own, which has no more of a job than Redis. */
type TakenJob = { readonly [Field in keyof JobJson]?: JobJson[Field] | undefined };

/** Different options that a worker keeps decoded, and the longest text of such: jobs of many tenants have many. */
const KEPT = { options: 1_000, length: 1_000 } as const;

/** Reads the jobs of one worker. Their fields are names and values in turns: of two of one name the later one counts. */
export function takenJobs(): (fields: readonly string[]) => TakenJob {
  const kept = new Map<string, JobsOptions>();
  // To decode them is more work than all other fields, and most jobs have those of others. A job copies them, and neither
  // BullMQ nor the library changes what is in them.
  const optionsOf = (text: string): JobsOptions => {
    const known = kept.get(text);
    if (known) return known;
    const options = Job.optsFromJSON(text);
    if (text.length > KEPT.length) return options;
    if (kept.size >= KEPT.options) kept.clear();
    kept.set(text, options);
    return options;
  };
  return (list) => {
    const fields: Record<string, string | undefined> = {};
    for (let at = 0; at < list.length; at += 2) fields[list[at] ?? ''] = list[at + 1];
    const { finishedOn, processedOn, parent } = fields;
    // Always the same properties in the same order: what reads it is compiled for that.
    return {
      id: fields.id,
      name: fields.name,
      data: fields.data || '{}',
      opts: optionsOf(fields.opts || '{}'),
      progress: JSON.parse(fields.progress || '0'),
      delay: whole(fields.delay),
      priority: whole(fields.priority),
      timestamp: whole(fields.timestamp),
      attemptsStarted: whole(fields.ats || '0'),
      attemptsMade: whole(fields.attemptsMade || fields.atm || '0'),
      stalledCounter: whole(fields.stc || '0'),
      finishedOn: finishedOn ? whole(finishedOn) : undefined,
      processedOn: processedOn ? whole(processedOn) : undefined,
      repeatJobKey: fields.rjk,
      debounceId: fields.deid,
      deduplicationId: fields.deid,
      failedReason: fields.failedReason,
      deferredFailure: fields.defa,
      stacktrace: fields.stacktrace,
      returnvalue: fields.returnvalue,
      parentKey: fields.parentKey,
      parent: parent ? JSON.parse(parent) : undefined,
      processedBy: fields.pb,
    };
  };
}

function whole(text = ''): number {
  return Number.parseInt(text, 10);
}
