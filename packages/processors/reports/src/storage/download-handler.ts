/** `downloadHandler`: serves a report file to whoever has a signed address of it. */

import { createLogger, type Logger, toError } from '@bizinsights/jobs-core';
import { ApiError, failure } from '@bizinsights/jobs-core/http';
import type { ReportStorage, ReportStore, ReportTask } from '../ports.js';
import { MEDIA_TYPES } from '../render/render-report.js';

/** What `downloadHandler` takes. */
export interface DownloadHandlerOptions {
  readonly reports: Pick<ReportStore, 'find'>;
  readonly storage: Pick<ReportStorage, 'read' | 'verify'>;
  /** Is told what fails. Default: `createLogger()`. */
  readonly logger?: Pick<Logger, 'error'>;
  /** Epoch ms. */
  readonly now?: () => number;
}

/**
 * Makes the handler of download addresses, for the place that `baseUrl` of the storage names. It needs no sign-in: the
 * address is signed, and works for a while. Without a valid signature it answers 403, for a report that is not there (any
 * more) 404, and 410 when the address or the report is too old. Never rejects.
 *
 * @example
 * ```ts
 * // app/api/reports/download/route.ts
 * export const GET = downloadHandler({ reports: store.reports, storage });
 * ```
 */
export function downloadHandler(options: DownloadHandlerOptions): (request: Request) => Promise<Response> {
  const { reports, storage, now = Date.now } = options;
  let logger = options.logger;

  const answer = async (request: Request): Promise<Response> => {
    if (request.method !== 'GET') throw new ApiError('METHOD_NOT_ALLOWED', 'A report is downloaded with GET');
    const verdict = storage.verify(new URL(request.url));
    if (verdict.kind === 'forged') throw new ApiError('FORBIDDEN', 'The address is not valid; ask for a new one');
    if (verdict.kind === 'expired') throw new ApiError('GONE', 'The address is too old; ask for a new one');
    const { id, organizationId } = verdict.report;
    const report = await reports.find(id);
    if (report?.organizationId !== organizationId) throw new ApiError('NOT_FOUND', 'There is no such report');
    const isOver = report.expiresAt !== undefined && report.expiresAt <= now();
    if (report.status === 'expired' || isOver) throw new ApiError('GONE', 'The report is too old; make a new one');
    const file = report.status === 'ready' ? await storage.read(report.key) : undefined;
    if (!file) throw new ApiError('NOT_FOUND', 'The report has no file');
    return new Response(streamOf(file), { headers: headersOf(report) });
  };

  return async (request) => {
    try {
      return await answer(request);
    } catch (error) {
      if (!(error instanceof ApiError)) {
        logger ??= createLogger();
        logger.error({ err: toError(error) }, 'A report could not be downloaded');
      }
      return failure(error);
    }
  };
}

function headersOf({ format, bytes, filename = `report.${format}` }: ReportTask): Record<string, string> {
  return {
    'content-type': MEDIA_TYPES[format],
    ...(bytes === undefined ? {} : { 'content-length': String(bytes) }),
    'content-disposition': disposition(filename),
    'cache-control': 'private, no-store',
    'x-content-type-options': 'nosniff',
    // Opened in the browser, it is of no use to whoever put something into it.
    'content-security-policy': "default-src 'none'; sandbox",
    // The address is the permission: it must not travel to other sites.
    'referrer-policy': 'no-referrer',
  };
}

/** RFC 6266: the name in ASCII for old clients, and as it is (RFC 5987). */
export function disposition(filename: string): string {
  const ascii = filename
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(filename.replace(/\p{Cs}/gu, '_')).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** Piece by piece, as the client takes them. */
function streamOf(file: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const pieces = file[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return?.();
    },
  });
}
