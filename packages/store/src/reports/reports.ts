/** Reports: what was asked for, how far it is, and where its file is. */
import { randomBytes, randomUUID } from 'node:crypto';
import { ArgumentError, cursorCodec, defined, NotFoundError } from '@bizinsights/jobs-core';
import type {
  FinishedReport,
  Report,
  ReportRequest,
  ReportSchedule,
  ReportScheduleStore,
  ReportStatus,
  ReportStore,
  ReportTask,
} from '@bizinsights/jobs-reports';
import { and, desc, eq, inArray, lt, lte, or, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../database/database.js';
import { reports } from '../database/schema.js';
import { storableId, storableJson, storableText } from '../records/storable.js';
import { dataVersion } from './data-version.js';
import { expireReports, filesOfExpired } from './expired-reports.js';
import { fingerprintOf } from './fingerprint.js';
import { listSchedules, removeSchedule, saveSchedule, walkSchedules } from './report-schedules.js';

/** An equal request finds a report for so long after it was made. ms */
const FRESH = 3_600_000;

/** Any number of our own. */
const LOCK = 0x72_65_70;

const MOST = 1_000;

/** What `list` takes. */
export interface ReportListQuery {
  /** 1 to 1,000. Default 100. */
  readonly limit?: number;
  /** Of the page before. */
  readonly cursor?: string;
}

/** A page of reports, the newest first. */
export interface ReportPage {
  readonly reports: Report[];
  /** Where the next page begins; there is none without it. */
  readonly cursor?: string;
}

type Row = typeof reports.$inferSelect;

export class Reports implements ReportStore, ReportScheduleStore {
  readonly #database: Database;
  readonly #now: () => number;

  /** @internal */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** See `ReportStore`. */
  async request(request: ReportRequest, jobId?: string): Promise<{ id: string; status: ReportStatus }> {
    const fingerprint = fingerprintOf(request);
    const { format, period } = request;
    const [organizationId, template] = [storableId(request.organizationId), storableText(request.template)];
    return await this.#database.transaction(async (transaction) => {
      // One at a time asks and adds. A report that becomes ready meanwhile is found in either state.
      await transaction.execute(sql`SELECT pg_advisory_xact_lock(${LOCK}, hashtext(${fingerprint}))`);
      const version = await dataVersion(transaction, organizationId, period);
      const now = this.#now();
      const isFresh = sql`${reports.status} = 'ready' AND ${reports.dataVersion} = ${version}
        AND ${reports.readyAt} > ${now - FRESH} AND ${reports.expiresAt} > ${now}`;
      const [found] = await transaction
        .select({ id: reports.id, status: reports.status })
        .from(reports)
        .where(and(eq(reports.fingerprint, fingerprint), or(isOpen, isFresh)))
        .orderBy(desc(reports.createdAt), desc(reports.id))
        .limit(1);
      if (found) return found;
      const id = randomUUID();
      const row = { id, organizationId, template, format, fingerprint, createdAt: now, jobId: jobId ?? null };
      // Nobody can guess it: who has the name of one file has not those of others.
      const fileKey = `${randomBytes(32).toString('hex')}.${format}`;
      const stored = sql`${storableJson(request)}::jsonb`;
      await transaction.insert(reports).values({ ...row, request: stored, status: 'pending', fileKey });
      return { id, status: 'pending' };
    });
  }

  /** See `ReportStore`. */
  async find(id: string): Promise<ReportTask | undefined> {
    const [row] = await this.#database
      .select()
      .from(reports)
      .where(eq(reports.id, storableId(id)));
    if (!row) return undefined;
    const { request, fileKey: key, mailed, mail, jobId } = row;
    return {
      ...{ ...toReport(row), request, key, mailed },
      ...(mail === null ? {} : { mail }),
      ...(jobId === null ? {} : { jobId }),
    };
  }

  /** A report, if it is this organization's. */
  async get(organizationId: string, id: string): Promise<Report | undefined> {
    const [row] = await this.#database.select().from(reports).where(isOf(organizationId, id));
    return row && toReport(row);
  }

  /**
   * The reports of an organization, the newest first.
   *
   * @throws {ArgumentError} for a limit that is out of its range, and a cursor of another list
   */
  async list(organizationId: string, { limit = 100, cursor }: ReportListQuery = {}): Promise<ReportPage> {
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST)) {
      throw new ArgumentError(`reports.list: \`limit\` must be a whole number from 1 to ${MOST}`);
    }
    const after = cursor === undefined ? undefined : cursors.read(cursor);
    const isBehind = after && sql`(${reports.createdAt}, ${reports.id}) < (${after.createdAt}, ${after.id})`;
    const rows = await this.#database
      .select()
      .from(reports)
      .where(and(eq(reports.organizationId, storableId(organizationId)), isBehind))
      .orderBy(desc(reports.createdAt), desc(reports.id))
      .limit(limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = last && rows.length > limit ? { cursor: cursors.write(last) } : {};
    return { reports: page.map(toReport), ...next };
  }

  /**
   * Ends a report that is not made yet: its job stops at the next step. False: it was over already.
   *
   * @throws {NotFoundError} when it is not this organization's
   */
  async cancel(organizationId: string, id: string): Promise<boolean> {
    if (!(await this.get(organizationId, id))) throw new NotFoundError(`There is no report "${id}"`);
    return await this.fail(id, 'cancelled', 'It was cancelled');
  }

  /** See `ReportStore`. One that has failed begins again where its job is retried, unless there is an equal one by now. */
  async begin(id: string, jobId?: string): Promise<boolean> {
    const isRetried = sql`${reports.status} = 'failed' AND NOT EXISTS (
      SELECT 1 FROM ${reports} AS other
      WHERE other.fingerprint = ${reports.fingerprint} AND other.status IN ('pending', 'generating')
    )`;
    const set = { status: 'generating', progress: 0, error: null, ...defined({ jobId }) } as const;
    return await this.#update(id, or(isOpen, isRetried), set);
  }

  /** See `ReportStore`. */
  async progress(id: string, progress: number): Promise<boolean> {
    return await this.#update(id, isGenerating, { progress });
  }

  /** See `ReportStore`. */
  async finish(id: string, report: FinishedReport): Promise<boolean> {
    const set = { ...report, status: 'ready', progress: 100, readyAt: this.#now() } as const;
    return await this.#update(id, isGenerating, set);
  }

  /** See `ReportStore`. */
  async fail(id: string, status: 'failed' | 'cancelled', reason: string): Promise<boolean> {
    return await this.#update(id, isOpen, { status, error: storableText(reason) });
  }

  /** See `ReportStore`. */
  async markMailed(id: string, recipient: string): Promise<void> {
    await this.#database
      .update(reports)
      .set({ mailed: sql`array_append(array_remove(${reports.mailed}, ${recipient}), ${recipient})` })
      .where(eq(reports.id, id));
  }

  /** See `ReportStore`. */
  async unfinished(before: number): Promise<Report[]> {
    const rows = await this.#database
      .select()
      .from(reports)
      .where(and(isOpen, lt(reports.createdAt, before)))
      .orderBy(reports.createdAt, reports.id)
      .limit(MOST);
    return rows.map(toReport);
  }

  /** See `ReportStore`. */
  async expire(now: number): Promise<number> {
    const isOver = and(eq(reports.status, 'ready'), lte(reports.expiresAt, now));
    return await expireReports(this.#database, isOver);
  }

  /** See `ReportStore`. */
  async expiredFiles(): Promise<{ id: string; key: string }[]> {
    return await filesOfExpired(this.#database, MOST);
  }

  /** See `ReportStore`. */
  async markFileRemoved(id: string): Promise<void> {
    await this.#database
      .update(reports)
      .set({ fileRemovedAt: this.#now() })
      .where(and(eq(reports.id, id), eq(reports.status, 'expired')));
  }

  /**
   * See `ReportScheduleStore`. `scheduleReport` of `@bizinsights/jobs-reports` checks the choice first.
   *
   * @throws {NotFoundError} when the organization does not exist, and when `id` is another organization's schedule
   */
  async saveSchedule(schedule: Omit<ReportSchedule, 'id'> & { readonly id?: string }): Promise<{ id: string }> {
    return await saveSchedule(this.#database, schedule, this.#now());
  }

  /** The choices of an organization, the oldest first. */
  async listSchedules(organizationId: string): Promise<ReportSchedule[]> {
    return await listSchedules(this.#database, organizationId);
  }

  /** Its report comes no more, a few minutes later at the latest. False: it is not this organization's. */
  async removeSchedule(organizationId: string, id: string): Promise<boolean> {
    return await removeSchedule(this.#database, organizationId, id);
  }

  /** See `ReportScheduleStore`. */
  async *schedules(): AsyncGenerator<ReportSchedule> {
    yield* walkSchedules(this.#database);
  }

  async #update(id: string, condition: ReturnType<typeof and>, set: Partial<Row>): Promise<boolean> {
    const changed = await this.#database
      .update(reports)
      .set(set)
      .where(and(eq(reports.id, id), condition))
      .returning({ id: reports.id });
    return changed.length > 0;
  }
}

const isOpen = inArray(reports.status, ['pending', 'generating']);
const isGenerating = eq(reports.status, 'generating');
const isOf = (organizationId: string, id: string) =>
  and(eq(reports.organizationId, storableId(organizationId)), eq(reports.id, storableId(id)));

const cursors = cursorCodec('reports', z.object({ createdAt: z.number(), id: z.string() }));

function toReport(row: Row): Report {
  const { id, organizationId, template, format, request, status, progress, createdAt } = row;
  const { filename, bytes, error, readyAt, expiresAt } = row;
  return {
    ...{ id, organizationId, template, format, period: request.period, status, progress, createdAt },
    ...(filename === null ? {} : { filename }),
    ...(bytes === null ? {} : { bytes }),
    ...(error === null ? {} : { error }),
    ...(readyAt === null ? {} : { readyAt }),
    ...(expiresAt === null ? {} : { expiresAt }),
  };
}
