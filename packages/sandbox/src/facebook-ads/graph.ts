/** What all answers of the Graph API have in common: errors and pages. */
import type { SandboxResponse } from '../platform.js';

/** "Error Handling": what is wrong, in Facebook's form. */
export function graphFailure(status: number, code: number, message: string, subcode?: number): SandboxResponse {
  const type = code === 100 ? 'GraphMethodException' : 'OAuthException';
  const more = subcode === undefined ? {} : { error_subcode: subcode };
  return { status, body: { error: { message, type, code, ...more, fbtrace_id: 'AGlazeSandboxTraceId000' } } };
}

/** A time as the Graph API writes it. */
export function graphTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, '+0000');
}

/**
 * "Paginated Results": a page may be shorter than `limit`, also where it is not the last, so each list has its own bound.
 *
 * @param items as they stand; a cursor is the place of the last one of a page
 * @param bound items on a page at most
 */
export function graphPage<Item>(
  items: readonly Item[],
  parameters: URLSearchParams,
  bound: number,
  show: (item: Item) => unknown,
): SandboxResponse {
  const limit = Number(parameters.get('limit') ?? 25);
  if (!Number.isInteger(limit) || limit < 1) return graphFailure(400, 100, '(#100) limit must be a positive integer');
  const after = parameters.get('after');
  const start = after === null ? 0 : Number(Buffer.from(after, 'base64').toString());
  if (!Number.isInteger(start)) return graphFailure(400, 100, '(#100) Invalid cursor');
  const end = Math.min(items.length, start + Math.min(limit, bound));
  const cursors = { before: encode(start), after: encode(end) };
  const next = end < items.length ? { next: `https://graph.facebook.com/next?after=${cursors.after}` } : {};
  const paging = items.length > 0 ? { paging: { cursors, ...next } } : {};
  return { body: { data: items.slice(start, end).map(show), ...paging } };
}

function encode(place: number): string {
  return Buffer.from(String(place)).toString('base64');
}

/** The fields that were asked for, of those that there are. */
export function pickFields(all: Readonly<Record<string, unknown>>, fields: string | null): Record<string, unknown> {
  const asked = (fields ?? '').split(',');
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => asked.includes(name) && value !== undefined));
}
