/** Whose a folder is: a process, told apart from those of other containers and machines that see the same folder. */
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';

const ownerSchema = z.object({
  pid: z.number().int(),
  /** When the process was started, as its system tells: it tells the process from a later one with the same number. */
  started: z.string(),
  /** Versions before the heartbeat wrote only the two above. */
  place: z.object({ host: z.string(), boot: z.string(), namespace: z.string() }).optional(),
});

export type Owner = z.infer<typeof ownerSchema>;

/** Where process numbers mean the same: one PID namespace of one boot of one host. */
type Place = NonNullable<Owner['place']>;

/** `unknown`: it can't be seen from here, so that only its heartbeat can tell. */
export type Life = 'alive' | 'dead' | 'unknown';

/** This process. Where there is no `/proc` (macOS, Windows), only the host's name tells one place from another. */
export async function thisProcess(): Promise<Owner & { place: Place }> {
  const [boot, namespace, started] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
    startOf('self'),
  ]);
  return { pid: process.pid, started: started ?? '', place: { host: hostname(), boot: boot.trim(), namespace } };
}

/** Undefined for what is no owner: a lock that was given back, or a text that we have not written. */
export function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What can be seen of an owner from this process. */
export async function lifeOf(owner: Owner, here: Place): Promise<Life> {
  const { pid, started, place } = owner;
  if (place && (place.host !== here.host || place.boot !== here.boot || place.namespace !== here.namespace)) {
    return 'unknown';
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process lives as well.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return 'dead';
  }
  const start = await startOf(pid);
  if (start !== undefined && started !== '') return start === started ? 'alive' : 'dead';
  // A process with this number lives. Whether it is the same one, the heartbeat tells, and an older version has none.
  return place ? 'unknown' : 'alive';
}

/** For people. */
export function describeOwner(owner: Owner, here: Place): string {
  const { pid, place } = owner;
  if (!place || (place.host === here.host && place.namespace === here.namespace && place.boot === here.boot)) {
    return pid === process.pid ? `${pid}, which is this one (another thread)` : String(pid);
  }
  const namespace = place.namespace === '' ? '' : ` in the PID namespace ${place.namespace}`;
  return `${pid} on the host ${place.host}${namespace}`;
}

/** Linux tells it in field 22 of `/proc/<pid>/stat` (proc(5)), in ticks since the boot. */
async function startOf(pid: number | 'self'): Promise<string | undefined> {
  // `/proc` may be that of another PID namespace, where our numbers are those of others.
  if (pid !== 'self' && (await readlink('/proc/self').catch(() => '')) !== String(process.pid)) return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in brackets, and may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
