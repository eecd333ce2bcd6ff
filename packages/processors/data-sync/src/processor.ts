/** `dataSyncProcessor`: reads the accounts of the queue `data-sync`, and stores what is new. */
import {
  createLogger,
  defineProcessor,
  ERROR_CODES,
  formatPath,
  type JobContext,
  type Logger,
  PermanentError,
  type ProcessorDefinition,
  ProcessorDefinitionError,
  toError,
} from '@bizinsights/jobs-core';
import {
  AccessLostError,
  type AnyPlatform,
  createPlatformHttp,
  type PlatformConnection,
  type PlatformHttp,
  type RecordSink,
  type Stream,
} from '@bizinsights/jobs-platforms';
import { type PlatformBudgets, withBudget } from './budget.js';
import { type KeptBackEvent, tell, tellKeptBack } from './hooks.js';
import type { Integration, IntegrationStore } from './ports.js';
import { readPosition, type SyncedAccount, type Wish } from './position.js';
import { type DataSyncJob, type DataSyncQueue, type DataSyncResult, dataSyncQueue } from './queue.js';
import { type EndedRead, readStream } from './read-stream.js';
import { markRunning } from './running-mark.js';
import { dataSyncSchedules } from './schedules.js';
import { askOffer, isSharedKind, seeToMissing } from './sweep-stream.js';
import { syncedPlatforms, type WebhookSender } from './synced-platforms.js';

/** What `onAccessLost` is told. */
export interface AccessLostEvent {
  readonly integration: Integration;
  /** For people. Holds no secret. */
  readonly reason: string;
  /** The job that found it. */
  readonly jobId: string;
}

/** What `onSynced` is told. */
export interface SyncedEvent {
  readonly integration: Integration;
  /** Of the streams that were read to their end. */
  readonly result: DataSyncResult;
  /** `false`: another stream has failed for good. What `result` names is stored all the same. */
  readonly isComplete: boolean;
  readonly jobId: string;
}

/** What `dataSyncProcessor` takes. */
export interface DataSyncProcessorOptions {
  /** Those that integrations may be of: ours, and your own. What only sends webhooks, such as `resend`, is left out. */
  readonly platforms: readonly (AnyPlatform | WebhookSender)[];
  readonly integrations: IntegrationStore;
  readonly sink: RecordSink;
  /** How platforms reach the network. Default: `createPlatformHttp()`. */
  readonly http?: PlatformHttp;
  /** By the platform's id; shared by all workers. Default: each platform's own. */
  readonly budgets?: Readonly<Record<string, PlatformBudgets>>;
  /**
   * Called after the integration has been marked: tell the people who can connect the account again. An error in it is
   * logged. After a crash in this moment it may be called again.
   */
  readonly onAccessLost?: (event: AccessLostEvent) => Promise<void> | void;
  /**
   * `false`: nothing is synced by itself. Default: workers keep a schedule for each integration, in its rhythm or its
   * platform's, paused while access is lost.
   */
  readonly schedules?: false;
  /**
   * Called when a job is over that has read all its streams, or some of them: derive from the records what is to be
   * derived. As `onAccessLost` otherwise.
   */
  readonly onSynced?: (event: SyncedEvent) => Promise<void> | void;
  /**
   * How large a part of a stream's records a full sync may mark as gone, as it has not met them: from 0 (none) to 1. When it
   * would be more, none is, and `onKeptBack` is called. Default: 0.1.
   */
  readonly maxGone?: number;
  /**
   * Called when a full sync has not met records, and has not marked them as gone, as they may be there all the same: let a
   * person look. As `onAccessLost` otherwise.
   */
  readonly onKeptBack?: (event: KeptBackEvent) => Promise<void> | void;
  /** Where it is told that a rhythm cannot be; a job has its worker's. Default: `createLogger()`. */
  readonly logger?: Logger;
  /** Epoch ms. */
  readonly now?: () => number;
}

type Job = JobContext<DataSyncQueue>;

/** See `DataSyncProcessorOptions`. */
const MAX_GONE = 0.1;

/**
 * The processor of the queue `data-sync`.
 *
 * @throws {ProcessorDefinitionError} when two platforms have one id, for a budget of a platform that is not there, and for
 *   a `maxGone` that is no part
 * @example
 * ```ts
 * const store = createStore({ pool });
 * jobs.registerProcessor(
 *   dataSyncProcessor({
 *     platforms: Object.values(platforms),
 *     integrations: store.integrations,
 *     sink: store.records,
 *     onAccessLost: ({ integration }) => notifyOwners(integration.organizationId),
 *   }),
 * );
 * ```
 */
export function dataSyncProcessor(options: DataSyncProcessorOptions): ProcessorDefinition<DataSyncQueue> {
  const { integrations } = options;
  const platforms = platformsById(options);
  const { http = createPlatformHttp(), now = Date.now, logger = createLogger(), maxGone = MAX_GONE } = options;
  if (!(maxGone >= 0 && maxGone <= 1))
    throw new ProcessorDefinitionError(`dataSyncProcessor: \`maxGone\` must be from 0 to 1, and is ${maxGone}`);

  return defineProcessor({
    queue: dataSyncQueue,
    ...(options.schedules === false
      ? {}
      : { schedules: () => dataSyncSchedules(integrations, options.platforms, logger) }),
    async process(job) {
      const { integrationId } = job.data;
      await job.lock(`data-sync:${integrationId}`);
      await markRunning(job);
      const integration = await integrations.find(integrationId);
      if (!integration) throw new PermanentError(`There is no integration "${integrationId}"`);
      if (integration.status === 'disabled') throw new PermanentError(`Integration "${integrationId}" is disabled`);
      const found = { integration, jobId: job.id };
      const result: DataSyncResult = { streams: {} };
      try {
        const isWhole = await sync(job, integration, platforms, { ...options, http, now, maxGone }, result);
        // Of some streams alone: it says nothing of the one that has failed.
        if (isWhole || integration.status !== 'error')
          await integrations.report(integration, { kind: 'synced', at: now() });
        // The account is connected again, and works.
        if (integration.status === 'access-lost') job.refreshSchedules();
      } catch (thrown) {
        const error = toError(thrown);
        if (error instanceof AccessLostError) {
          const reason = error.message;
          const current = await integrations.find(integrationId);
          // The next attempt takes the new credentials; nobody has to do anything.
          if (current?.connection !== integration.connection)
            throw new Error(`Integration "${integrationId}" was connected anew meanwhile`, { cause: error });
          await integrations.report(integration, { kind: 'access-lost', at: now(), reason });
          job.refreshSchedules();
          const { platform, organizationId } = integration;
          job.emit('integration:access-lost', { integrationId, platform, organizationId, reason });
          await tell(job, 'onAccessLost', () => options.onAccessLost?.({ ...found, reason }));
        }
        if (isLast(job, error) && Object.keys(result.streams).length > 0)
          await tell(job, 'onSynced', () => options.onSynced?.({ ...found, result, isComplete: false }));
        throw error;
      }
      await tell(job, 'onSynced', () => options.onSynced?.({ ...found, result, isComplete: true }));
      return result;
    },
    async onExhausted(job, error) {
      // Kept when it was found, or nothing to be kept with.
      if (error instanceof AccessLostError || !job.data) return;
      const integration = await integrations.find(job.data.integrationId);
      if (integration) await integrations.report(integration, { kind: 'failed', at: now(), reason: error.message });
    },
  });
}

type SyncOptions = DataSyncProcessorOptions & Required<Pick<DataSyncProcessorOptions, 'http' | 'now' | 'maxGone'>>;

/**
 * @param result gets what each stream has read, also when another one fails
 * @returns whether all of the platform's streams were read
 */
async function sync(
  job: Job,
  integration: Integration,
  platforms: ReadonlyMap<string, AnyPlatform>,
  options: SyncOptions,
  result: DataSyncResult,
): Promise<boolean> {
  const { connection, account } = await connect(job, integration, platforms, options);
  const { integrations, sink, now } = options;
  const { mode, since } = job.data;
  // An id may be used again when its job is gone: what that one has read is not what this one is asked for.
  const begunAt = await job.step('begin', now);
  const wish: Wish = {
    run: `${job.id} ${begunAt}`,
    mode,
    since: since === undefined ? null : new Date(since).getTime(),
  };
  const integrationId = integration.id;
  const { signal } = job;
  const chosen = chosenStreams(connection, job.data);
  const offer = askOffer(connection, { signal, now });
  const offerAtEnd = askOffer(connection, { signal, now });
  const kinds = [...new Set(connection.streams.map(({ kind }) => kind))];
  const ended = new Map<Stream, EndedRead>();
  let failure: Error | undefined;
  for (const stream of chosen) {
    try {
      const stored = readPosition(await integrations.cursor(integrationId, stream.name), account);
      const isSweepable = !isSharedKind(connection, stream.kind);
      const sweeping = { isSweepable, ...(sink.sweep ? { offer } : {}) };
      const end = await readStream({
        job,
        integrationId,
        account,
        stream,
        kinds,
        stored,
        wish,
        sink,
        now,
        ...sweeping,
      });
      ended.set(stream, end);
      const { counts, caveats } = end.read;
      result.streams[stream.name] = { ...counts, ...(caveats.length > 0 ? { caveats } : {}) };
    } catch (thrown) {
      const error = toError(thrown);
      if (signal.aborted || endsAll(error)) throw error;
      // The other streams need not stay old because of this one, whose turn comes again with the next attempt.
      job.logger.warn({ err: error }, `${stream.name} failed: ${error.message}`);
      failure ??= error;
    }
  }
  if (failure) throw failure;
  for (const [stream, { position }] of ended) {
    signal.throwIfAborted();
    const isShared = mode === 'full' && wish.since === null && isSharedKind(connection, stream.kind);
    const swept = await seeToMissing({
      sink,
      integrationId,
      stream,
      position,
      run: wish.run,
      isShared,
      offer: offerAtEnd,
      maxGone: options.maxGone,
      onKeptBack: (keptBack) =>
        tellKeptBack(job, { integration, stream: stream.name, ...keptBack }, options.onKeptBack),
    });
    const counted = result.streams[stream.name];
    if (counted) result.streams[stream.name] = { ...counted, ...swept };
  }
  return chosen.length === connection.streams.length;
}

/** No other stream could do better. */
function endsAll(error: Error): boolean {
  return hasCode(error, ERROR_CODES.RetryAfterError) || hasCode(error, ERROR_CODES.PermanentError);
}

/** Whether the job ends with it. */
function isLast({ attempt, maxAttempts, signal }: Job, error: Error): boolean {
  if (signal.aborted || hasCode(error, ERROR_CODES.RetryAfterError)) return false;
  return attempt >= maxAttempts || hasCode(error, ERROR_CODES.PermanentError);
}

function hasCode(error: Error, code: string): boolean {
  return 'code' in error && error.code === code;
}

/** @throws {AccessLostError} when there are no credentials, or none that the platform could take */
async function connect(
  job: Job,
  { id, platform: platformId, account: own }: Integration,
  platforms: ReadonlyMap<string, AnyPlatform>,
  { integrations, http, budgets = {} }: SyncOptions,
): Promise<{ readonly connection: PlatformConnection; readonly account: SyncedAccount }> {
  const platform = platforms.get(platformId);
  if (!platform)
    throw new PermanentError(`Integration "${id}" is of the platform "${platformId}", which is not registered`);
  const stored = await integrations.credentials(id);
  if (stored === undefined)
    throw new AccessLostError(`Integration "${id}" has no credentials: connect the account again`);
  const read = platform.credentials.safeParse(stored);
  if (!read.success) {
    // Paths alone: a message of zod may hold what was given.
    const paths = read.error.issues.map(({ path }) => formatPath(path)).join(', ');
    throw new AccessLostError(`The credentials of integration "${id}" do not fit ${platform.name}, at ${paths}`);
  }
  const name = () => own ?? connection.account;
  const budget: PlatformBudgets = { account: platform.budget, ...budgets[platformId] };
  const connection = platform.connect(read.data, withBudget(http, job, platformId, name, budget));
  const mode = platform.modeOf?.(read.data);
  return { connection, account: { name: name(), alias: connection.account, mode } };
}

/** @throws {PermanentError} for a stream that the platform does not have */
function chosenStreams({ streams }: PlatformConnection, { streams: names }: DataSyncJob): readonly Stream[] {
  if (!names) return streams;
  const unknown = names.filter((name) => !streams.some((stream) => stream.name === name));
  if (unknown.length > 0) {
    const known = streams.map(({ name }) => name).join(', ');
    throw new PermanentError(
      `There is no stream ${unknown.map((name) => `"${name}"`).join(', ')}; there are: ${known}`,
    );
  }
  return streams.filter(({ name }) => names.includes(name));
}

function platformsById({ platforms, budgets = {} }: DataSyncProcessorOptions): ReadonlyMap<string, AnyPlatform> {
  const byId = new Map<string, AnyPlatform>();
  for (const platform of syncedPlatforms(platforms)) {
    if (byId.has(platform.id))
      throw new ProcessorDefinitionError(`dataSyncProcessor: two platforms are "${platform.id}"`);
    byId.set(platform.id, platform);
  }
  for (const id of Object.keys(budgets)) {
    if (!byId.has(id))
      throw new ProcessorDefinitionError(`dataSyncProcessor: \`budgets\` names "${id}", which is no platform of it`);
  }
  return byId;
}
