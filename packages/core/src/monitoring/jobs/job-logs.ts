/** The log lines of a job as they are shown: a bounded number, in a bounded size. */
import type { AnyQueueDefinition } from '../../queue/definition.js';
import type { QueueHandle } from '../../queue/handle.js';
import { createBreather } from './bounded-read.js';
import { jsonBytes, previewText } from './preview.js';
import type { Previewer } from './previewer.js';

/** Bytes of JSON. */
const LIMITS = { lines: 200, line: 20_000, all: 200_000 } as const;

/** Lines that are read first; as long as they are short, each further read asks for twice as many. */
const READ_FIRST = 10;
const SHORT = 50_000;

/** @param hide takes out what is to be redacted */
export async function readLogs(
  handle: QueueHandle<AnyQueueDefinition>,
  id: string,
  hide: (text: string) => string,
  previewer: Previewer,
): Promise<{ lines: string[]; total: number }> {
  const breathe = createBreather();
  const shown: string[] = [];
  let [size, read, step] = [0, 0, READ_FIRST];
  let [isCut, isFull] = [false, false];
  for (;;) {
    const limit = Math.min(step, LIMITS.lines - shown.length);
    const { lines, total } = await handle.logs(id, { offset: shown.length, limit });
    const before = read;
    for (const line of lines) {
      await breathe();
      const preview = previewText(hide(line), LIMITS.line);
      const bytes = jsonBytes(preview.value);
      read += preview.bytes ?? bytes;
      isFull = size + bytes > LIMITS.all;
      isCut ||= isFull || preview.bytes !== undefined;
      if (isFull) break;
      size += bytes;
      shown.push(preview.value);
    }
    if (lines.length < limit || shown.length >= LIMITS.lines || isFull || shown.length >= total) {
      if (isCut) previewer.note('logs', read);
      return { lines: shown, total };
    }
    if (read - before < SHORT) step *= 2;
  }
}
