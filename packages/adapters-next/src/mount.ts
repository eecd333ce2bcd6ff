/** Where a catch-all route is. Next.js does not tell, but for what it has caught. */

/** What Next.js gives a route handler beside the request: the segments that the catch-all caught. */
export interface RouteContext {
  readonly params: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export type NextHandler = (request: Request, context: RouteContext) => Promise<Response>;

/** The path of the request without the segments that the catch-all caught. */
export async function mountOf(request: Request, { params }: RouteContext): Promise<string> {
  const caught = Object.values(await params).find(Array.isArray)?.length ?? 0;
  const segments = new URL(request.url).pathname.replace(/\/$/, '').split('/');
  return segments.slice(0, segments.length - caught).join('/');
}
