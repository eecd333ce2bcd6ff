/** The file that makes the same sandbox again: what the shop is made of and what was done to it, not its rows. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Fault } from './faults.js';
import { ACTIONS } from './live-shop.js';
import type { KeptSubscription } from './webhooks/subscriptions.js';

/** Counts up when the file's form changes, or when a seed gives another shop than before. */
const VERSION = 1;

const caveats = z.array(z.enum(['sampled', 'thresholded', 'other-row']));
const response = z.object({
  status: z.number().exactOptional(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])).exactOptional(),
  body: z.unknown(),
});
const fault = z.union([
  z.enum([
    'none',
    'rate-limited',
    'server-error',
    'access-lost',
    'cut',
    'cut-answer',
    'hang',
    'not-json',
    'repeat',
    'bad-record',
    'change',
  ]),
  z.object({ caveats }),
  z.object({ delay: z.number() }),
  z.object({ response }),
]);
const serverState = z.object({
  port: z.number().int(),
  accessLost: z.boolean(),
  dropsAuthorization: z.boolean(),
  faults: z.array(fault),
  subscriptions: z.array(z.object({ topics: z.array(z.string()), to: z.url(), secret: z.string().exactOptional() })),
});
const sandboxState = z.object({
  version: z.literal(VERSION),
  seed: z.number(),
  ordersPerDay: z.number(),
  incidents: z.boolean(),
  days: z.number(),
  openedAt: z.number(),
  clock: z.enum(['still', 'real']),
  now: z.number(),
  log: z.array(z.object({ at: z.number(), what: z.enum(ACTIONS) })),
  grants: z.object({ scopes: z.array(z.string()), refusedFields: z.array(z.string()) }),
  kept: z.record(z.string(), z.string()),
  servers: z.record(z.string(), serverState),
});

/** How one server stands. */
export interface ServerState {
  readonly port: number;
  readonly accessLost: boolean;
  readonly dropsAuthorization: boolean;
  readonly faults: readonly Fault[];
  readonly subscriptions: readonly KeptSubscription[];
}

export interface SandboxState extends Omit<z.output<typeof sandboxState>, 'servers'> {
  readonly servers: Readonly<Record<string, ServerState>>;
}

/** The state file can't be used: it is damaged, of another version, or of another shop than the one that is asked for. */
export class SandboxStateError extends Error {
  override readonly name = 'SandboxStateError';
  readonly code = 'SANDBOX_STATE_INVALID';
}

/**
 * @returns undefined where there is no file
 * @throws {SandboxStateError} for a file that is damaged or of another version
 */
export function readState(path: string): SandboxState | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const value = parse(text);
  const { version } = z.object({ version: z.unknown() }).safeParse(value).data ?? {};
  if (typeof version === 'number' && version !== VERSION) {
    throw refusal(path, `is of version ${version}, and this sandbox reads version ${VERSION}`);
  }
  const { data, error } = sandboxState.safeParse(value);
  if (data) return data;
  const [{ path: place = [], message = '' } = {}] = error.issues;
  throw refusal(path, `is damaged (${place.length > 0 ? `${place.join('.')}: ` : ''}${message})`);
}

/** Errors of the caller: what the file has, and what was asked for. */
export function refusal(path: string, what: string): SandboxStateError {
  return new SandboxStateError(
    `The sandbox's state file ${path} ${what}. Delete it to start a new shop, or give another \`stateFile\``,
  );
}

/**
 * Writes the state where it differs from what was written last. A reader sees the old file or the new one.
 *
 * @returns what writes; with `isLast`, also if nothing but real time has moved on
 */
export function createStateWriter(path: string): (state: Omit<SandboxState, 'version'>, isLast: boolean) => void {
  let written = '';
  return (state, isLast) => {
    const comparable = JSON.stringify(state.clock === 'real' ? { ...state, now: 0 } : state);
    if (comparable === written && !isLast) return;
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}.tmp`;
    // The key of its Google account is in it.
    const file = openSync(temporary, 'w', 0o600);
    try {
      writeSync(file, JSON.stringify({ version: VERSION, ...state }));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    written = comparable;
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
