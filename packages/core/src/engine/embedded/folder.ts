/**
 * PGlite's files in a folder, which are written to only as long as the folder is this process's.
 *
 * A process that is stopped (SIGSTOP, a paused machine) is mostly stopped in the middle of a statement. Were it looked at
 * the lock before each statement only, the rest of that statement would be written over what another process has written
 * meanwhile, and the store would be destroyed. So it is looked at before each single write to a file.
 */
import type { NodeFS } from '@electric-sql/pglite/nodefs';

/** What changes files, of Emscripten's file system on Node's. */
const WRITES = {
  stream_ops: ['write', 'setattr'],
  node_ops: ['setattr', 'mknod', 'rename', 'unlink', 'rmdir', 'symlink'],
} as const;

/** What Emscripten calls EIO: PostgreSQL stops when it can't write its log, and changes nothing more. */
const INPUT_OUTPUT_ERROR = 29;

/**
 * @param check throws when the folder is not this process's any more
 */
export async function openFolder(path: string, check: () => void): Promise<NodeFS> {
  const { NodeFS } = await import('@electric-sql/pglite/nodefs');
  class GuardedFolder extends NodeFS {
    override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
      const { emscriptenOpts } = await super.init(...args);
      const guard = (postgres: object) => guardWrites(postgres, check);
      return { emscriptenOpts: { ...emscriptenOpts, preRun: [guard, ...(emscriptenOpts.preRun ?? [])] } };
    }
  }
  return new GuardedFolder(path);
}

function guardWrites(postgres: object, check: () => void): void {
  const ErrnoError = member(member(postgres, 'FS'), 'ErrnoError');
  for (const [kind, names] of Object.entries(WRITES)) {
    const operations = member(member(postgres, 'NODEFS'), kind);
    for (const name of names) {
      const operation = member(operations, name);
      const guarded = (...args: unknown[]): unknown => {
        try {
          check();
        } catch {
          // Whoever has asked for the statement hears the reason: it is looked at again after a failure.
          throw Reflect.construct(ErrnoError, [INPUT_OUTPUT_ERROR]);
        }
        return Reflect.apply(operation, operations, args);
      };
      Reflect.set(operations, name, guarded);
    }
  }
}

/** PGlite's types don't tell of these. */
function member(of: object, name: string): object & ((...args: unknown[]) => unknown) {
  const value: unknown = Reflect.get(of, name);
  if (isMember(value)) return value;
  throw new Error(`The installed version of @electric-sql/pglite has no "${name}", which this version needs`);
}

function isMember(value: unknown): value is object & ((...args: unknown[]) => unknown) {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}
