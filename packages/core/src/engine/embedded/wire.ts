/**
 * Frames of PostgreSQL's wire protocol, as far as the embedded store has to look into them: PostgreSQL documentation,
 * chapter "Frontend/Backend Protocol", section "Message Formats". A frame is a type byte, a 32-bit length that counts
 * itself but not the type, and the body.
 */

/** Type bytes that a client sends. */
export const FROM_CLIENT = {
  parse: 0x50, // P
  bind: 0x42, // B
  describe: 0x44, // D
  close: 0x43, // C
  query: 0x51, // Q
  sync: 0x53, // S
  flush: 0x48, // H
  terminate: 0x58, // X
} as const;

/** Type bytes that the server sends. */
export const FROM_SERVER = {
  notification: 0x41, // A
  commandComplete: 0x43, // C
  error: 0x45, // E
  dataRow: 0x44, // D
  readyForQuery: 0x5a, // Z
} as const;

/** What the untyped first message of a connection asks for. */
export const STARTUP_CODES = { version3: 196_608, cancel: 80_877_102 } as const;

/** State of a session, as `ReadyForQuery` tells it: idle, in a transaction, in a failed transaction. */
export type SessionStatus = 'I' | 'T' | 'E';

const HEADER = 5;

/** The whole frames that a buffer begins with; `rest` is what has not come completely yet. */
export function splitFrames(buffer: Buffer): { frames: Buffer[]; rest: Buffer } {
  const frames: Buffer[] = [];
  let start = 0;
  while (buffer.length - start >= HEADER) {
    const end = frameEnd(buffer, start);
    if (end > buffer.length) break;
    frames.push(buffer.subarray(start, end));
    start = end;
  }
  return { frames, rest: buffer.subarray(start) };
}

function frameEnd(buffer: Buffer, start: number): number {
  return start + 1 + buffer.readUInt32BE(start + 1);
}

export function frame(type: number, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)));
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** A text of a frame's body, up to its zero byte. */
export function textAt(bytes: Buffer, start: number): string {
  return bytes.toString('utf8', start, bytes.indexOf(0, start));
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A message of `NOTIFY` or `pg_notify`. */
export interface Notification {
  readonly channel: string;
  readonly payload: string;
}

/** What one exchange with the server answered. */
export interface Answer {
  /** All frames but the notifications. */
  readonly bytes: Buffer;
  readonly notifications: readonly Notification[];
  /** Absent when the exchange ended by `Flush`, in the middle of a series. */
  readonly status: SessionStatus | undefined;
  /** `SELECT 1`, `LISTEN`, `SET`, … */
  readonly tags: readonly string[];
  readonly failed: boolean;
}

export function readAnswer(bytes: Buffer): Answer {
  const kept: Buffer[] = [];
  const notifications: Notification[] = [];
  const tags: string[] = [];
  let status: SessionStatus | undefined;
  let failed = false;
  let keptTo = 0;
  for (let start = 0, end = 0; start + HEADER <= bytes.length; start = end) {
    end = frameEnd(bytes, start);
    switch (bytes[start]) {
      case FROM_SERVER.commandComplete:
        tags.push(textAt(bytes, start + HEADER));
        break;
      case FROM_SERVER.error:
        failed = true;
        break;
      case FROM_SERVER.readyForQuery:
        status = toStatus(bytes.toString('latin1', start + HEADER, end));
        break;
      case FROM_SERVER.notification: {
        kept.push(bytes.subarray(keptTo, start));
        keptTo = end;
        const channel = start + HEADER + 4;
        notifications.push({
          channel: textAt(bytes, channel),
          payload: textAt(bytes, bytes.indexOf(0, channel) + 1),
        });
      }
    }
  }
  kept.push(bytes.subarray(keptTo));
  return { bytes: kept.length === 1 ? bytes : Buffer.concat(kept), notifications, status, tags, failed };
}

/** The texts of all rows, one after the other. For small answers that we ask for ourselves. */
export function readCells({ bytes }: Answer): string[] {
  const cells: string[] = [];
  for (const one of splitFrames(bytes).frames) {
    if (one[0] !== FROM_SERVER.dataRow) continue;
    let at = HEADER + 2;
    for (let left = one.readUInt16BE(HEADER); left > 0; left--) {
      const length = Math.max(0, one.readInt32BE(at));
      cells.push(one.toString('utf8', at + 4, at + 4 + length));
      at += 4 + length;
    }
  }
  return cells;
}

function toStatus(letter: string): SessionStatus {
  return letter === 'T' || letter === 'E' ? letter : 'I';
}

/**
 * Puts `prefix` before the name of a prepared statement, where a frame has one: all sessions share the server's names.
 * Answers the statement that the frame prepares.
 */
export function renameStatement(bytes: Buffer, prefix: string): { bytes: Buffer; prepared?: string } {
  const start = statementNameAt(bytes);
  if (start === undefined || bytes[start] === 0) return { bytes };
  const renamed = prefix + textAt(bytes, start);
  const rest = bytes.subarray(bytes.indexOf(0, start) + 1);
  return {
    bytes: frame(bytes[0] ?? 0, bytes.subarray(HEADER, start), renamed, rest),
    ...(bytes[0] === FROM_CLIENT.parse && { prepared: renamed }),
  };
}

/** Where a frame names a prepared statement. */
function statementNameAt(bytes: Buffer): number | undefined {
  switch (bytes[0]) {
    case FROM_CLIENT.parse:
      return HEADER;
    // After the name of the portal.
    case FROM_CLIENT.bind:
      return bytes.indexOf(0, HEADER) + 1;
    case FROM_CLIENT.describe:
    case FROM_CLIENT.close:
      return bytes.toString('latin1', HEADER, HEADER + 1) === 'S' ? HEADER + 1 : undefined;
    default:
      return undefined;
  }
}

/** A text as SQL writes it. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
