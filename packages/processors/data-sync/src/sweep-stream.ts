/** What becomes of the records that a full read of a stream has not met. */
import type { Asking, Caveat, PlatformConnection, RecordKind, RecordSink, Stream } from '@bizinsights/jobs-platforms';
import { bothOffers, type Offer, type Position, type Unswept } from './position.js';
import type { KeptBack } from './queue.js';

/** Reports that leave rows out, or may. */
const INEXACT: ReadonlySet<Caveat> = new Set(['sampled', 'thresholded']);

const REASONS: Readonly<Record<KeptBack['reason'], string>> = {
  'too-many': 'these are more than `maxGone`',
  'fewer-streams': 'the connection offers fewer streams than before',
  'fewer-scopes': 'the credentials have fewer scopes than before, or the platform does not say which',
  'unknown-ids': 'they may be among those that do not fit, as the ids of some of these could not be read',
  inexact: 'the platform has left rows out of its report',
  'shared-kind': 'records of this kind come from another stream, too',
};

/** For people. */
export function describe({ reason, missing, of }: KeptBack): string {
  const what = reason === 'shared-kind' ? 'what the full read has not met' : `${missing} of ${of} that it has not met`;
  return `the full read leaves ${what}: ${REASONS[reason]}`;
}

/** What became of the records that a full read has not met. */
export interface StreamSweep {
  readonly gone: number;
  readonly keptBack?: KeptBack;
}

export interface SweepOptions {
  readonly sink: RecordSink;
  readonly integrationId: string;
  readonly stream: Stream;
  /** At the end of its read. */
  readonly position: Position;
  readonly run: string;
  /** The read was a full one, and there is no telling what it should have met. */
  readonly isShared: boolean;
  /** What the connection offers now. */
  readonly offer: () => Promise<Offer>;
  readonly maxGone: number;
  readonly onKeptBack: (keptBack: KeptBack) => Promise<void>;
}

/** Whether records of this kind come from another stream, too. */
export function isSharedKind({ streams }: Pick<PlatformConnection, 'streams'>, kind: RecordKind): boolean {
  return streams.filter((stream) => stream.kind === kind).length > 1;
}

/** The streams of a connection, and its scopes where the platform says them. It is asked once, when it is wanted. */
export function askOffer(connection: PlatformConnection, asking: Asking): () => Promise<Offer> {
  let answer: Promise<Offer> | undefined;
  const ask = async () => {
    const streams = connection.streams.map(({ name }) => name);
    if (!connection.scopes) return { streams, scopes: null, isUnsaid: false };
    const scopes = await connection.scopes(asking);
    return { streams, scopes: scopes ? [...scopes] : null, isUnsaid: scopes === undefined };
  };
  return () => (answer ??= ask());
}

/**
 * Marks as gone what the last full read has not met, also where an earlier job has read it and could not end. Undefined
 * where there is nothing to be said: there was none, or the sink can't tell.
 */
export async function seeToMissing(options: SweepOptions): Promise<StreamSweep | undefined> {
  const { sink, integrationId, stream, position, run, isShared, onKeptBack } = options;
  const { unswept, swept: before, offered } = position;
  if (!sink.sweep) return undefined;
  if (before?.run === run) return { gone: before.gone, ...(before.keptBack ? { keptBack: before.keptBack } : {}) };
  if (!unswept && !isShared) return undefined;
  const swept = unswept ? await sweep(options, unswept) : SHARED;
  const { gone, keptBack = null } = swept;
  const now = unswept ? bothOffers(offered, unswept.offer) : offered;
  // Told before the position says that it is seen to: twice is better than not at all.
  if (keptBack) await onKeptBack(keptBack);
  const cursor = { ...position, unswept: null, offered: now, swept: { run, gone, keptBack } };
  await sink.write({ integrationId, stream: stream.name, records: [], rejected: [], deleted: [], cursor });
  return swept;
}

const SHARED: StreamSweep = { gone: 0, keptBack: { reason: 'shared-kind', missing: 0, of: 0 } };

async function sweep(options: SweepOptions, unswept: Unswept): Promise<StreamSweep> {
  const { sink, integrationId, stream, position, maxGone } = options;
  const { id: fullRead, begunAt, from, fromDay } = unswept;
  const reason = whyNot(unswept, position.offered, await options.offer());
  const swept = await sink.sweep?.({
    integrationId,
    stream: stream.name,
    kind: stream.kind,
    fullRead,
    begunAt,
    ...(from === null ? {} : { from }),
    ...(fromDay === null ? {} : { fromDay }),
    // Then they are counted only.
    maxGone: reason ? 0 : maxGone,
  });
  const { missing = 0, of = 0, isSwept = true } = swept ?? {};
  if (isSwept) return { gone: missing };
  // Of a read that the sink no longer knows.
  if (missing === 0) return { gone: 0 };
  // What a sink can't store it keeps aside by itself.
  const own = missing / of > maxGone ? 'too-many' : 'unknown-ids';
  return { gone: 0, keptBack: { reason: reason ?? own, missing, of } };
}

/** Why what was not met may be there all the same. */
function whyNot(
  { offer, hasUnknown, caveats }: Unswept,
  before: Offer | null,
  now: Offer,
): KeptBack['reason'] | undefined {
  if (isLess(before?.streams, offer.streams, now.streams)) return 'fewer-streams';
  // With a scope less the platform may list less, and not say so: Shopify's orders of more than 60 days ago.
  if (offer.isUnsaid || now.isUnsaid) return 'fewer-scopes';
  if (isLess(before?.scopes, offer.scopes, now.scopes)) return 'fewer-scopes';
  if (hasUnknown) return 'unknown-ids';
  return caveats.some((caveat) => INEXACT.has(caveat)) ? 'inexact' : undefined;
}

type Names = readonly string[] | null | undefined;

/** Whether a name is missing now, or was when the read began. Where the platform says none, nothing is known. */
function isLess(before: Names, ...after: readonly Names[]): boolean {
  return (before ?? []).some((name) => after.some((names) => names && !names.includes(name)));
}
