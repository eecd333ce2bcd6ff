/**
 * The command that ends completed jobs, or takes one, with its bytes. ioredis makes them out of 26 arguments, most of which
 * never differ: that was a sixth of what Node spends on a job.
 */
import type { Command } from 'ioredis';

/** The beginning of all commands of a worker. */
export interface Head {
  readonly sha: string;
  readonly key: string;
  /** By how many arguments follow it. */
  readonly bytes: (following: number) => Buffer;
}

export function headOf(sha: string, keys: readonly string[], fixed: readonly string[]): Head {
  const args = ['evalsha', sha, String(keys.length), ...keys, ...fixed];
  const text = args.map(textOf).join('');
  const known = new Map<number, Buffer>();
  return {
    sha,
    key: keys[0] ?? '',
    bytes(following) {
      let bytes = known.get(following);
      if (!bytes) {
        bytes = Buffer.from(`*${args.length + following}\r\n${text}`);
        known.set(following, bytes);
      }
      return bytes;
    },
  };
}

/** An argument as it goes to Redis. */
function textOf(argument: string): string {
  return `$${Buffer.byteLength(argument)}\r\n${argument}\r\n`;
}

type EndCommand = new (head: Head, args: readonly string[]) => Command;

/** By ioredis's own class. One for all workers, so that what is compiled for it stays. */
const made = new WeakMap<typeof Command, EndCommand>();

export function endCommand(base: typeof Command): EndCommand {
  const known = made.get(base) ?? makeEndCommand(base);
  made.set(base, known);
  return known;
}

/** A command whose bytes are made at once. ioredis asks for them again where it sends the command again. */
function makeEndCommand(base: typeof Command): EndCommand {
  return class EndCommand extends base {
    readonly #bytes: Buffer;

    constructor({ sha, key, bytes }: Head, args: readonly string[]) {
      // Where the command goes in a Cluster is found by its first key.
      super('evalsha', [sha, 1, key], { replyEncoding: 'utf8' });
      const head = bytes(args.length);
      let text = '';
      for (const argument of args) text += `$${argument.length}\r\n${argument}\r\n`;
      let size = Buffer.byteLength(text);
      // In one of them a character takes more than a byte.
      if (size !== text.length) {
        text = args.map(textOf).join('');
        size = Buffer.byteLength(text);
      }
      this.#bytes = Buffer.allocUnsafe(head.length + size);
      this.#bytes.set(head);
      this.#bytes.write(text, head.length);
    }

    override toWritable(): Buffer {
      return this.#bytes;
    }
  };
}
