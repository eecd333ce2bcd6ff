/**
 * How the command line asks a store that another process has open: by a socket of the system, in a folder within the store's
 * that is for this user alone. What it speaks is PostgreSQL's protocol, so `psql -h <dir>/ask -U postgres` is a guest too.
 */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { canHaveGuests, guestFolder, guestSocket } from './guest.js';
import type { EmbeddedServer } from './server.js';
import { EmbeddedSocket } from './socket.js';

/** A guest that was stopped within a transaction blocks all other connections: after so long it is disconnected. ms */
const MAX_SILENCE = 10_000;

/**
 * Listens for guests, and answers how to stop. Where the system has no such sockets, or not at this path, there are no guests.
 */
export async function listenForGuests(dir: string, server: EmbeddedServer, version: string): Promise<() => void> {
  if (!canHaveGuests(dir)) return () => undefined;
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket.unref());
    const session = new EmbeddedSocket(server, version).unref();
    socket.setTimeout(MAX_SILENCE, () => {
      if (session.isInTransaction) socket.destroy();
    });
    // However one of both ends, the other one does.
    pipeline(socket, session, socket, () => sockets.delete(socket));
  });
  try {
    // Left behind by a process that was killed. Made again, so that its permissions are ours.
    await rm(guestFolder(dir), { recursive: true, force: true });
    await mkdir(guestFolder(dir), { mode: 0o700 });
    listener.listen(guestSocket(dir));
    await once(listener.unref(), 'listening');
  } catch {
    // The file system has no sockets. The host's own work does not depend on guests.
    return () => undefined;
  }
  // A connection that could not be accepted fails on the guest's side.
  listener.on('error', () => undefined);
  return () => {
    listener.close();
    for (const socket of sockets) socket.destroy();
    rmSync(guestFolder(dir), { recursive: true, force: true });
  };
}
