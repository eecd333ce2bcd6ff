/** The command line as a guest of the process that has an embedded store open: `guests.ts` is the other side. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';

/** The name of the socket is PostgreSQL's own for this port. */
const PORT = 5432;

/** Set for a process whose jobs may be guests: by a registered symbol, as the host may load another copy of the library. */
const GUEST = Symbol.for('@bizinsights/jobs-core/guest');

/** The folder within a store's that has the socket. */
export const guestFolder = (dir: string) => join(dir, 'ask');
export const guestSocket = (dir: string) => join(guestFolder(dir), `.s.PGSQL.${PORT}`);

/** The system cuts or refuses longer paths of sockets (macOS: 104 bytes with the NUL). */
const MAX_PATH = 103;

/** Whether the system has such sockets, and can have one at this path. */
export function canHaveGuests(dir: string, platform = process.platform): boolean {
  return platform !== 'win32' && Buffer.byteLength(guestSocket(dir)) <= MAX_PATH;
}

/** Lets jobs of this process ask the process that has an embedded store open. Not for workers: the store is one process's. */
export function becomeGuest(): void {
  Reflect.set(globalThis, GUEST, true);
}

/** How `pg` reaches the process that has the folder open; undefined where it can't, or this process is no guest. */
export async function findHost(dir: string) {
  if (Reflect.get(globalThis, GUEST) !== true) return undefined;
  const socket = connect(guestSocket(dir));
  try {
    await once(socket, 'connect');
  } catch {
    // The caller says who has the folder.
    return undefined;
  } finally {
    socket.destroy();
  }
  return { host: guestFolder(dir), port: PORT, user: 'postgres', database: 'postgres', password: '', ssl: false };
}
